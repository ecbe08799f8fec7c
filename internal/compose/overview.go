package compose

import "bytes"

// Period is the period of an overview: its first and last day, and how settled its amounts are.
type Period struct{ Start, End, State string }

// Part is a part of an overview. One with a nil Body is left out for a Reason.
type Part struct {
	Name   string
	Body   []byte
	Reason string
}

// Overview returns the body of an overview with the parts in their order. currency may be empty.
func Overview(currency string, p Period, parts []Part) []byte {
	body := appendCurrency([]byte("{"), currency)
	body = appendPeriod(append(body, `"period":{`...), p.Start, p.End)
	body = append(appendState(body, p.State), '}')
	var omitted []byte
	for _, part := range parts {
		body = append(appendText(append(body, ','), part.Name), ':')
		if body = appendValue(body, bytes.TrimSpace(part.Body)); part.Body == nil {
			omitted = part.appendReason(omitted)
		}
	}
	body = append(body, `,"omitted":[`...)
	return append(append(body, omitted...), "]}"...)
}

// appendReason appends an element of omitted.
func (p *Part) appendReason(omitted []byte) []byte {
	if len(omitted) > 0 {
		omitted = append(omitted, ',')
	}
	omitted = appendText(append(omitted, `{"part":`...), p.Name)
	return append(appendText(append(omitted, `,"reason":`...), p.Reason), '}')
}

func appendPeriod(body []byte, start, end string) []byte {
	body = appendText(append(body, `"start_time":`...), start)
	return appendText(append(body, `,"end_time":`...), end)
}

func appendState(body []byte, state string) []byte {
	return appendText(append(body, `,"state":`...), state)
}

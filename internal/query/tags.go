package query

import "time"

// anyID stands for all ids of a level: a question that names none of them bears it.
const anyID = "*"

// Tags are what a purge can name the question by: its provider, an id of each level, or "*" where it names none, and every
// calendar month that it touches.
func (q *Query) Tags() []string {
	tags := []string{
		"provider:" + string(q.Provider),
		"distributor:" + or(q.DistributorID, anyID),
		"reseller:" + or(q.ResellerID, anyID),
		"customer:" + or(q.CustomerID, anyID),
		"subscription:" + or(q.SubscriptionID, anyID),
	}
	last := q.End.Month(time.UTC)
	for month := q.Start.Month(time.UTC); !month.After(last); month = month.AddDate(0, 1, 0) {
		tags = append(tags, "period:"+month.Format(monthForm))
	}
	return tags
}

package query

// Names are the parameters' names, but for catalog, which is a list.
var Names = []string{
	"start_time", "end_time", "period", "distributor_id", "reseller_id", "customer_id", "subscription_id", "resource_group", "resource_id",
	"view", "invoice_type", "cost",
}

// Field gives the parameter with the n-th of Names.
func (p *Params) Field(n int) *string {
	return [...]*string{
		&p.StartTime, &p.EndTime, &p.Period, &p.DistributorID, &p.ResellerID, &p.CustomerID, &p.SubscriptionID, &p.ResourceGroup, &p.ResourceID,
		&p.View, &p.InvoiceType, &p.Cost,
	}[n]
}

// EndpointNamed gives the endpoint of that name, or nil.
func EndpointNamed(name string) *Endpoint {
	for _, e := range Endpoints() {
		if e.Name == name {
			return e
		}
	}
	return nil
}

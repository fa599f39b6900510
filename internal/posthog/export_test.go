package posthog

import "net/http"

// UseNetwork has a client talk to what stands in for the network.
func (c *Client) UseNetwork(network http.RoundTripper) { c.network = network }

package posthog

import "net/http"

// UseNetwork replaces the network of a client.
func (c *Client) UseNetwork(network http.RoundTripper) { c.network = network }

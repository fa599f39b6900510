package posthog

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Defaults of Config.
const (
	DefaultHost           = "https://us.posthog.com"
	DefaultRequestTimeout = 30 * time.Second
	DefaultRetryTimeout   = 15 * time.Minute
)

// maxParallel is how many requests one client has under way at once. It is Terraform's default -parallelism, and keeps
// the requests that a full rate limit refuses to a handful, however many callers there are.
const maxParallel = 10

// Logger receives what a client has to tell. The context is that of the caller, so that a logger which lives in a context
// is found. The API key is in no message and in no field.
type Logger interface {
	Debug(ctx context.Context, message string, fields map[string]any)
	Warn(ctx context.Context, message string, fields map[string]any)
}

// Config is what a Client needs to know.
type Config struct {
	// Host is where PostHog is, such as "https://eu.posthog.com". ParseHost says what is accepted. Default: DefaultHost.
	Host string
	// APIKey is a personal API key (phx_…) or an OAuth access token (pha_…). Required.
	APIKey string
	// CACertFile is the path of a PEM file with certificates of authorities that are trusted besides the system's. New reads
	// it once. Default: none.
	CACertFile string
	// UserAgent is sent with each request.
	UserAgent string
	// RequestTimeout bounds one attempt, from connecting to the last byte of the answer. Default: DefaultRequestTimeout.
	RequestTimeout time.Duration
	// RetryTimeout bounds one operation: all its attempts and all its waits. Default: DefaultRetryTimeout.
	RetryTimeout time.Duration
	// Backoff is the wait before the second attempt after a failure; it doubles from there. Default: one second.
	Backoff time.Duration
	// Logger may be nil.
	Logger Logger
}

// Client is PostHog as one API key sees it. It is safe for concurrent use. Create it with New.
type Client struct {
	base           *url.URL
	key            string
	userAgent      string
	requestTimeout time.Duration
	retryTimeout   time.Duration
	backoff        time.Duration
	log            Logger
	limiter        *rateLimiter
	circuit        *circuit
	// network is used without an http.Client around it, which would follow redirects: that carries the key to another place,
	// and a 301 turns a POST into a GET that looks like a list.
	network http.RoundTripper
}

// New returns a client, or an error when the host or the key cannot be used, or a *CACertFileError. It sends nothing.
func New(config Config) (*Client, error) {
	if config.Host == "" {
		config.Host = DefaultHost
	}
	base, err := ParseHost(config.Host)
	if err != nil {
		return nil, err
	}
	if err := CheckAPIKey(config.APIKey); err != nil {
		return nil, err
	}
	if config.RequestTimeout <= 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	network := newHTTPTransport(config.RequestTimeout)
	if config.CACertFile != "" {
		trusted, err := trustedAuthorities(config.CACertFile)
		if err != nil {
			return nil, err
		}
		network.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted}
	}
	if config.RetryTimeout <= 0 {
		config.RetryTimeout = DefaultRetryTimeout
	}
	if config.Backoff <= 0 {
		config.Backoff = time.Second
	}
	if config.Logger == nil {
		config.Logger = noLogger{}
	}

	return &Client{
		base:           base,
		key:            config.APIKey,
		userAgent:      config.UserAgent,
		requestTimeout: config.RequestTimeout,
		retryTimeout:   config.RetryTimeout,
		backoff:        config.Backoff,
		log:            config.Logger,
		limiter:        newRateLimiter(config.Logger, config.Backoff),
		circuit:        newCircuit(),
		network:        network,
	}, nil
}

// Host returns the address that the client talks to, such as "https://eu.posthog.com".
func (c *Client) Host() string { return c.base.String() }

// newHTTPTransport keeps a connection alive for each of the parallel requests; Go's own default keeps two to a host. A dead
// HTTP/2 connection is closed before an attempt on it times out, because it leaves a ping without an answer.
func newHTTPTransport(requestTimeout time.Duration) *http.Transport {
	ping := min(requestTimeout/3, 15*time.Second)
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: ping, PingTimeout: ping},
		MaxIdleConns:          2 * maxParallel,
		MaxIdleConnsPerHost:   2 * maxParallel,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// CloseIdleConnections lets go of the connections kept for the next request.
func (c *Client) CloseIdleConnections() {
	if network, ok := c.network.(interface{ CloseIdleConnections() }); ok {
		network.CloseIdleConnections()
	}
}

type noLogger struct{}

func (noLogger) Debug(context.Context, string, map[string]any) {}
func (noLogger) Warn(context.Context, string, map[string]any)  {}

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

// maxParallel limits the parallel requests of a client. It is Terraform's default -parallelism. It also limits how many
// requests are rejected when the rate limit is reached.
const maxParallel = 10

// Logger receives the messages of a client. The context is the caller's, which may hold the logger to use. Messages and
// fields never contain the API key.
type Logger interface {
	Debug(ctx context.Context, message string, fields map[string]any)
	Warn(ctx context.Context, message string, fields map[string]any)
}

// Config configures a Client.
type Config struct {
	// Host is the address of PostHog, such as "https://eu.posthog.com". See ParseHost. Default: DefaultHost.
	Host string
	// APIKey is a personal API key (phx_…) or an OAuth access token (pha_…). Required.
	APIKey string
	// CACertFile is the path of a PEM file with certificate authorities to trust in addition to the system's. New reads it
	// once. Default: none.
	CACertFile string
	// UserAgent is sent with each request.
	UserAgent string
	// RequestTimeout limits one attempt, from connecting to the last byte of the response. Default: DefaultRequestTimeout.
	RequestTimeout time.Duration
	// RetryTimeout limits one operation: all attempts and waits. Default: DefaultRetryTimeout.
	RetryTimeout time.Duration
	// Backoff is the wait before the second attempt. It doubles with each further attempt. Default: one second.
	Backoff time.Duration
	// Logger may be nil.
	Logger Logger
}

// Client sends requests to PostHog with one API key. It is safe for concurrent use. Create it with New.
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
	// network is used without an http.Client, which would follow redirects. A redirect could send the key to another host, and
	// a 301 turns a POST into a GET, whose response looks like a list.
	network http.RoundTripper
}

// New returns a client. It sends no request. It returns an error if the host or key is invalid, and a *CACertFileError if
// the CA file is.
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

// Host returns the address of PostHog, such as "https://eu.posthog.com".
func (c *Client) Host() string { return c.base.String() }

// newHTTPTransport returns a transport that keeps a connection for each parallel request. Go's default keeps two per host.
// It sends pings on HTTP/2 connections, so that a dead one is closed before an attempt on it times out.
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

// CloseIdleConnections closes the connections that are not used by a request.
func (c *Client) CloseIdleConnections() {
	if network, ok := c.network.(interface{ CloseIdleConnections() }); ok {
		network.CloseIdleConnections()
	}
}

type noLogger struct{}

func (noLogger) Debug(context.Context, string, map[string]any) {}
func (noLogger) Warn(context.Context, string, map[string]any)  {}

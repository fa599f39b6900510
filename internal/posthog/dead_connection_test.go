package posthog

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// A deadConnection is a network whose first connection can drop all data without being closed.
type deadConnection struct {
	address string // what clients connect to
	dead    atomic.Bool
	opened  atomic.Int32
}

// relay accepts connections and forwards them to a server.
func relay(t *testing.T, server string) *deadConnection {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	network := &deadConnection{address: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			first := network.opened.Add(1) == 1
			behind, err := net.Dial("tcp", server)
			if err != nil {
				t.Error(err)
				client.Close()
				return
			}
			t.Cleanup(func() { client.Close(); behind.Close() })
			go network.pass(behind, client, first)
			go network.pass(client, behind, first)
		}
	}()
	return network
}

func (d *deadConnection) pass(to, from net.Conn, first bool) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			to.Close()
			return
		}
		if first && d.dead.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// A dead connection is not used again: the next attempt opens a new one.
func TestClient_deadConnectionIsNotUsedAgain(t *testing.T) {
	for proto, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(proto, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
				if request.Proto != proto {
					t.Errorf("the request came over %s", request.Proto)
				}
				fmt.Fprintf(w, `{"id":%q,"name":"Hogflix","slug":"hogflix"}`, otherUUID)
			}))
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			network := relay(t, server.Listener.Addr().String())
			client, err := New(Config{
				Host: "https://" + network.address, APIKey: "phx_x", RequestTimeout: time.Second, Backoff: 10 * time.Millisecond, RetryTimeout: time.Minute,
				CACertFile: writeFile(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.CloseIdleConnections)
			for range 2 {
				if _, err := client.Organization(t.Context(), CurrentOrganization); err != nil {
					t.Errorf("with %d connections opened: %v", network.opened.Load(), err)
				}
				network.dead.Store(true)
			}
			if n := network.opened.Load(); n != 2 {
				t.Errorf("%d connections were opened, want 2", n)
			}
		})
	}
}

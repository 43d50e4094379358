package sandboxtest

import (
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"winnow/sandbox"
)

// SeedVariable is the environment variable with the seed of the chaos. Without it every Start picks one.
const SeedVariable = "WINNOW_CHAOS_SEED"

// Instance is a sandbox behind a real listener.
type Instance struct {
	*sandbox.Server
	// URL is the root, without a slash at the end.
	URL string
	// APIBase is the base of the API, URL + "/v3".
	APIBase string
	// AuthURL, TokenURL and DeviceURL are the OAuth2 endpoints.
	AuthURL, TokenURL, DeviceURL string
	// ManagementURL is the root of the management listener.
	ManagementURL string

	options   sandbox.Options
	elsewhere *elsewhere
}

// Start runs a sandbox on its own listeners until the test ends. With a nil Options.Chaos it is unkind, by a seed that
// it logs; sandbox.Kind makes it kind. Without an Options.Elsewhere, redirects and hostile links lead to a listener of
// its own that remembers who came: see NobodyWentElsewhere.
func Start(t testing.TB, o sandbox.Options) *Instance {
	t.Helper()
	if o.Chaos == nil {
		o.Chaos = sandbox.DefaultChaos(seed(t))
		t.Logf("the sandbox is unkind by chance: %s=%d replays it", SeedVariable, o.Chaos.Seed)
	}
	other := newElsewhere(t)
	if o.Elsewhere == "" {
		o.Elsewhere = other.URL
	}
	server := sandbox.New(o)
	public := httptest.NewServer(server)
	management := httptest.NewServer(server.ManagementHandler())
	t.Cleanup(func() {
		server.Close() // before its listeners, which wait for hanging requests
		public.Close()
		management.Close()
	})
	return &Instance{
		Server:        server,
		URL:           public.URL,
		APIBase:       public.URL + "/v3",
		AuthURL:       public.URL + sandbox.AuthorizePath,
		TokenURL:      public.URL + sandbox.TokenPath,
		DeviceURL:     public.URL + sandbox.DevicePath,
		ManagementURL: management.URL,
		options:       o,
		elsewhere:     other,
	}
}

// seed is that of the environment, or a new one.
func seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv(SeedVariable)
	if text == "" {
		return rand.Uint64()
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s has to be a number: %v", SeedVariable, err)
	}
	return n
}

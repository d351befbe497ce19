package provider

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
)

// metadata is what discovery says. The library's own account advertises what
// it could do; this says what there is, and nothing else.
func (p *Provider) metadata() map[string]any {
	w := &recorded{header: http.Header{}}
	p.inner.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: PathDiscovery}})
	out := map[string]any{}
	if err := json.Unmarshal(w.body.Bytes(), &out); err != nil {
		panic("provider: " + err.Error()) // the library wrote it a moment ago
	}
	delete(out, "registration_endpoint") // people approve institutions
	out["claims_parameter_supported"] = true
	out["response_modes_supported"] = []string{"query"}
	out["request_parameter_supported"] = false
	out["request_uri_parameter_supported"] = false
	out["prompt_values_supported"] = []string{"none", "login", "consent", "select_account"}
	out["end_session_endpoint"] = p.c.Issuer + PathEnd
	out["backchannel_logout_supported"] = true
	out["backchannel_logout_session_supported"] = true
	maps.Copy(out, p.c.Extra)
	return out
}

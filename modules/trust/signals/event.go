package signals

import "time"

// Subject names whom an event is about (RFC 9493).
type Subject struct {
	Format  string   `json:"format"`
	Issuer  string   `json:"iss,omitempty"`
	Subject string   `json:"sub,omitempty"`
	ID      string   `json:"id,omitempty"`
	User    *Subject `json:"user,omitempty"`
	Session *Subject `json:"session,omitempty"`
}

// Person is somebody as one institution knows them.
func Person(issuer, sub string) Subject {
	return Subject{Format: "iss_sub", Issuer: issuer, Subject: sub}
}

// Sitting is one session of somebody, by the sid of their tokens.
func Sitting(issuer, sub, sid string) Subject {
	person := Person(issuer, sub)
	return Subject{Format: "complex", User: &person, Session: &Subject{Format: "opaque", ID: sid}}
}

// Itself is a stream.
func Itself(id string) Subject { return Subject{Format: "opaque", ID: id} }

// Event is one event, as it waits to be told.
type Event struct {
	Type    string         `json:"type"`
	Subject Subject        `json:"subject"`
	Claims  map[string]any `json:"claims"`
}

// Ended says that somebody's session, or every one of them, is over.
func Ended(who Subject) Event {
	return Event{SessionRevoked, who, map[string]any{}}
}

// Lost says that a means of proof proves nothing any more.
func Lost(who Subject, credential string) Event {
	return Event{MeansChanged, who, map[string]any{"credential_type": credential, "change_type": "revoke"}}
}

// Lowered says what somebody can prove at most from now on, by the acr of tokens.
func Lowered(who Subject, namespace, now, was string) Event {
	return Event{LevelChanged, who, map[string]any{"namespace": namespace, "current_level": now, "previous_level": was, "change_direction": "decrease"}}
}

// Closed says that an account is no longer vouched for.
func Closed(who Subject) Event { return Event{AccountClosed, who, map[string]any{}} }

// Verified answers a receiver's wish to see that its stream works.
func Verified(stream, state string) Event {
	claims := map[string]any{}
	if state != "" {
		claims["state"] = state
	}
	return Event{Verification, Itself(stream), claims}
}

// Updated says that the transmitter changed a stream's status.
func Updated(stream string, s Status, reason string) Event {
	claims := map[string]any{"status": string(s)}
	if reason != "" {
		claims["reason"] = reason
	}
	return Event{StreamUpdated, Itself(stream), claims}
}

// Token gives the claims of the event's token. When something happened is not
// told: it would be the same second at every institution that is told.
func (e Event) Token(issuer, audience, id string, at time.Time) map[string]any {
	return map[string]any{"iss": issuer, "aud": audience, "jti": id, "iat": at.Unix(), "sub_id": e.Subject, "events": map[string]any{e.Type: e.Claims}}
}

// Configuration is what a transmitter says of itself (SSF 7.1.1), over paths
// of its issuer.
func Configuration(issuer, keys string, paths Paths) map[string]any {
	return map[string]any{
		"spec_version": "1_0", "issuer": issuer, "jwks_uri": issuer + keys, "delivery_methods_supported": []string{Push, Poll},
		"configuration_endpoint": issuer + paths.Streams, "status_endpoint": issuer + paths.Status,
		"add_subject_endpoint": issuer + paths.Add, "remove_subject_endpoint": issuer + paths.Remove, "verification_endpoint": issuer + paths.Verify,
		"authorization_schemes": []map[string]string{{"spec_urn": "urn:ietf:rfc:6749"}, {"spec_urn": "urn:ietf:rfc:9449"}}, "default_subjects": "ALL",
	}
}

// Paths are where the endpoints are.
type Paths struct{ Streams, Status, Add, Remove, Verify string }

package e2e

// source says where the records in the addresses of some routes come from and
// who may meet the rule there. The longest prefix of a route's path counts; a
// guarded route without a source fails TestRoutes.
type source struct {
	prefix string   // of the path of the pattern
	as     []string // roles or columns of the query that give a person, tried in order
	cols   []string // what the query gives: holes, persons, and "case", under whose purpose one works
	query  string   // "" for addresses without a record
}

// sources is the table to extend when a module's routes arrive. Names that
// the query does not give are invented ids: what they name is not there.
var sources = []source{
	{"/units", []string{"administrator", "inspector"}, nil, ""},
	{"/units/{id}", []string{"administrator"}, []string{"id"}, "select id from units_units where parent <> '' order by code limit 2"},
	{"/officers/{id}", []string{"administrator", "inspector"}, []string{"id"}, "select id from units_officers order by id limit 2"},
	{"/officers/{id}/passkeys/{key}", []string{"administrator"}, []string{"id"}, "select id from units_officers order by id limit 2"},
	{"/account", []string{"duty-officer"}, nil, ""},

	{"/persons", []string{"duty-officer", "investigator"}, nil, ""},
	{"/persons/{id}", []string{"investigator", "duty-officer"}, []string{"id", "other"}, "select min(id), max(id) from index_persons"},
	{"/persons/{id}/unmerge", []string{"investigator"}, []string{"id"}, "select min(id) from index_persons"},
	{"/vehicles", []string{"duty-officer"}, nil, ""},
	{"/vehicles/{id}", []string{"duty-officer", "investigator"}, []string{"id"}, "select min(id) from index_vehicles"},

	{"/journal", []string{"inspector"}, nil, ""},
	{"/journal/{id}", []string{"inspector"}, []string{"id"}, "select id from journal_entries order by seq limit 1"},
	{"/accesses", []string{"inspector"}, nil, ""},
	{"/history", []string{"inspector"}, []string{"kind", "id"}, "select 'person', min(id) from index_persons"},
	{"/verification", []string{"inspector", "administrator"}, nil, ""},

	{"/register", []string{"duty-officer"}, nil, ""},
	{"/log-book", []string{"duty-officer"}, nil, ""},
	{"/handover", []string{"duty-officer"}, nil, ""},
	{"/register/complaints/{id}", []string{"desk", "brigade-chief"}, []string{"id", "desk"},
		"select c.id, p.officer from register_complaints c join units_posts p on p.unit = c.unit where p.role in ('duty-officer', 'brigade-chief') and p.to_at = 0 order by c.id desc limit 8"},
	{"/complaints/{complaint}", []string{"hand"}, []string{"complaint", "hand"},
		"select c.id, p.officer from register_complaints c join units_posts p on p.unit = c.competent and p.role = 'investigator' and p.to_at = 0 where c.unit <> c.competent order by c.id desc limit 8"},
	{"/register/transfers/{id}", []string{"desk"}, []string{"id", "desk"},
		"select t.id, p.officer from register_transfers t join units_posts p on p.unit = t.receiver where p.to_at = 0 limit 4"},
	{"/handovers/{id}", []string{"desk"}, []string{"id", "desk"},
		"select h.id, p.officer from register_handovers h join units_posts p on p.unit = h.unit where p.to_at = 0 limit 4"},
	{"/custody", []string{"duty-officer", "hand"}, []string{"case", "hand"}, assigned},
	{"/custody/new", []string{"hand"}, []string{"case", "hand"}, assigned},
	{"/custody-lists", []string{"duty-officer", "brigade-chief", "investigator"}, nil, ""},
	{"/custody-lists/{id}", []string{"desk"}, []string{"id", "desk"},
		"select l.id, p.officer from register_lists l join units_posts p on p.unit = l.unit where p.to_at = 0 limit 4"},
	{"/custody/{id}", []string{"desk"}, []string{"id", "desk", "case"},
		"select c.id, p.officer, c.case_id from register_custodies c join units_posts p on p.unit = c.unit where p.to_at = 0 limit 12"},
	{"/prosecution/custody", []string{"prosecutor"}, nil, ""},
	{"/prosecution/custody/{id}", []string{"seat"}, []string{"id", "seat", "case"},
		"select c.id, p.officer, c.case_id from register_custodies c join units_posts p on p.unit = c.office where p.to_at = 0 limit 4"},
	{"/prosecution/lists/{id}", []string{"seat"}, []string{"id", "seat"},
		"select l.id, p.officer from register_lists l join units_posts p on p.unit = l.office where p.to_at = 0 limit 4"},

	{"/cases", []string{"investigator", "brigade-chief"}, nil, ""},
	{"/cases/{id}", []string{"hand", "chief"}, []string{"id", "case", "hand", "chief", "pv", "party", "offence", "link"},
		`select c.id, c.id, a.officer, p.officer, coalesce((select min(v.id) from cases_pvs v where v.case_id = c.id), ''), coalesce((select min(x.id) from cases_parties x where x.case_id = c.id), ''),
			coalesce((select min(o.id) from cases_offences o where o.case_id = c.id), ''), coalesce((select min(l.id) from cases_links l where l.case_id = c.id), '')
		from cases_cases c join cases_assigned a on a.case_id = c.id and a.to_at = 0 join units_posts p on p.unit = c.unit and p.role = 'brigade-chief' and p.to_at = 0
		where c.closed_at = 0 order by c.id limit 6`},
	{"/cases/{id}/dossiers", []string{"chief", "hand"}, []string{"id", "case", "dossier", "hand", "chief"},
		`select d.case_id, d.case_id, d.id, a.officer, p.officer from cases_dossiers d join cases_cases c on c.id = d.case_id
		join cases_assigned a on a.case_id = c.id join units_posts p on p.unit = c.unit and p.role = 'brigade-chief' and p.to_at = 0 order by d.id limit 4`},
	{"/inbox", []string{"prosecutor"}, nil, ""},
	{"/alarms", []string{"brigade-chief", "inspector"}, nil, ""},
	{"/alarms/{id}", []string{"second"}, []string{"id", "second"}, "select a.id, e.officer from oversight_alarms a join oversight_eyes e on e.of_id = a.id order by a.id, e.officer limit 4"},
	{"/requests", []string{"brigade-chief", "investigator"}, nil, ""},
	{"/requests/{id}", []string{"decider"}, []string{"id", "decider"}, "select q.id, e.officer from oversight_requests q join oversight_eyes e on e.of_id = q.id order by q.id, e.officer limit 4"},
	{"/disposals", []string{"duty-officer", "prosecutor"}, nil, ""},
	{"/disposals/{id}", []string{"seat", "desk"}, []string{"id", "desk", "seat"},
		`select l.id, p.officer, q.officer from disposal_lists l join units_posts p on p.unit = l.unit and p.role = 'duty-officer' and p.to_at = 0
		join units_posts q on q.unit = l.office and q.to_at = 0 order by l.drawn_at desc limit 4`},
	{"/dossiers/{dossier}", []string{"seat"}, []string{"dossier", "case", "seat"},
		"select d.id, d.case_id, p.officer from cases_dossiers d join units_posts p on p.unit = d.office where p.to_at = 0 limit 6"},
	{"/measures/{measure}", []string{"seat", "hand"}, []string{"measure", "case", "seat", "hand"},
		"select m.id, m.case_id, coalesce(p.officer, m.asked_by), m.asked_by from cases_measures m left join units_posts p on p.unit = m.office and p.to_at = 0 limit 6"},
	{"/transfers/{transfer}", []string{"chief"}, []string{"transfer", "case", "chief"},
		"select t.id, t.case_id, p.officer from cases_transfers t join units_posts p on p.unit = t.to_unit and p.role = 'brigade-chief' and p.to_at = 0 limit 4"},

	{"/exhibits", []string{"investigator"}, nil, ""},
	{"/exhibits/{id}", []string{"holder", "receiver"}, []string{"id", "case", "holder", "receiver"},
		"select id, case_id, holder, receiver from exhibits_exhibits order by receiver desc, id limit 6"},
	{"/exhibits/{id}/take-over", []string{"chief"}, []string{"id", "case", "chief"},
		"select x.id, x.case_id, p.officer from exhibits_exhibits x join units_posts p on p.unit = x.unit and p.role = 'brigade-chief' and p.to_at = 0 order by x.id limit 6"},
	{"/seizures/{case}", []string{"hand"}, []string{"case", "hand"},
		assigned},

	{"/citizens", []string{"duty-officer"}, nil, ""},
	{"/citizens/{id}", []string{"duty-officer"}, []string{"id", "means"},
		"select a.id, coalesce((select min(m.id) from citizens_means m where m.citizen = a.id), '') from citizens_accounts a order by a.id desc limit 2"},
	{"/log-delays", []string{"hand"}, []string{"case", "hand"}, assigned},
	{"/log-delays/{id}", []string{"prosecutor"}, []string{"id"}, "select id from citizens_delays limit 2"},
	{"/contests", []string{"inspector"}, nil, ""},
	{"/contests/{id}", []string{"inspector"}, []string{"id"}, "select id from citizens_contests limit 2"},
	{"/citizen", []string{"who"}, []string{"who", "n", "means"},
		`select 'citizen ' || p.cnie, '1', coalesce((select max(m.id) from citizens_means m where m.citizen = a.id), '')
		from citizens_accounts a join index_persons p on p.id = a.person order by a.id limit 1`},

	{"/plates", []string{"duty-officer"}, nil, ""},
	{"/plates/hits/{id}", []string{"desk"}, []string{"id", "address", "desk"},
		`select h.id, coalesce((select min(p.address) from plates_pictures p where p.subject = h.id), ''), p.officer from plates_hits h join units_posts p on p.unit = h.unit and p.role = 'duty-officer' and p.to_at = 0 order by h.id limit 8`},
	{"/plates/entries", []string{"investigator"}, nil, ""},
	{"/plates/entries/{id}", []string{"keeper", "brigade-chief"}, []string{"id", "keeper"}, "select id, listed_by from plates_entries order by id limit 4"},
	{"/plates/cameras", []string{"administrator"}, nil, ""},
	{"/plates/cameras/{id}", []string{"administrator"}, []string{"id"}, "select id from plates_cameras order by id limit 4"},
	{"/plates/search", []string{"hand"}, []string{"case", "hand"}, assigned},
	{"/plates/audit", []string{"inspector"}, nil, ""},
	{"/plates/samples", []string{"inspector", "duty-officer"}, nil, ""},
	{"/plates/samples/{id}", []string{"inspector"}, []string{"id"}, "select id from plates_samples order by id limit 4"},
	{"/plates/figures", []string{"inspector"}, nil, ""},

	{"/regulator", []string{"regulator"}, nil, ""},
	{"/regulator.json", []string{"regulator", "inspector"}, nil, ""},
	{"/institutions/{id}", nil, []string{"id"}, "select id from trust_institutions where state = 'active'"},
	{"/trust/institutions", []string{"administrator", "inspector", "regulator"}, nil, ""},
	{"/trust/institutions/{id}", []string{"administrator", "inspector", "regulator"}, []string{"id"}, "select id from trust_institutions order by id"},
}

// assigned gives open cases and who works on them.
const assigned = "select c.id, a.officer from cases_cases c join cases_assigned a on a.case_id = c.id and a.to_at = 0 where c.closed_at = 0 limit 8"

// unguarded are the routes that stand before any grant; each says why in its
// own line. A new one must be added here too.
var unguarded = []string{
	"GET /{$}", "GET /search", "GET /session/new", "GET /session/again", "GET /session/switch", "POST /session/end", "POST /session/lang",
	"POST /session/theme", "GET /session/alive", "GET /purpose", "POST /purpose", "POST /drafts/{form}", "POST /drafts/{form}/discard", "GET /live/{kind}/{id}",
	"POST /demo/sign-in", "GET /dev/components", "POST /permission/ask", "GET /session/notice", "GET /session/prove",
	"POST /api/plates/batches", "POST /api/plates/pictures",
	"GET /session/passkey.js", "GET /session/enrol", "POST /session/passkey", "POST /session/passkey/end", "POST /session/enrol/begin",
	"POST /session/enrol/end", "GET /health",
	"GET /.well-known/openid-configuration", "GET /oidc/keys", "POST /oidc/par", "GET /oidc/authorize", "GET /oidc/authorize/{authorization}", "POST /oidc/authorize/{authorization}",
	"POST /oidc/token", "GET /oidc/userinfo", "POST /oidc/userinfo", "GET /status", "GET /status.json", "GET /institutions", "GET /institutions/{id}", "GET /institutions/apply", "POST /institutions/apply",
	"GET /institutions/space", "POST /institutions/space", "POST /institutions/space/keys", "GET /my/consents", "POST /my/consents/{id}/withdraw", "GET /oidc/end-session", "POST /oidc/end-session", "POST /oidc/bc-authorize", "GET /my/requests", "POST /my/requests/code", "POST /my/requests/{id}",
	"GET /.well-known/ssf-configuration", "POST /ssf/streams", "GET /ssf/streams", "PUT /ssf/streams", "PATCH /ssf/streams", "DELETE /ssf/streams", "GET /ssf/status", "POST /ssf/status",
	"POST /ssf/subjects/add", "POST /ssf/subjects/remove", "POST /ssf/verify", "POST /ssf/poll/{stream}", "POST /demo/bank/events",
	"POST /presentations", "GET /presentations/{id}", "GET /wallet/request/{id}", "POST /wallet/response/{id}", "GET /demo/wallet", "POST /demo/wallet/open", "POST /demo/wallet/answer", "GET /demo/bank/age", "POST /demo/bank/age",
	"GET /demo/bank", "POST /demo/bank/sign-in", "GET /demo/bank/back", "POST /demo/bank/leave", "GET /demo/bank/bye", "POST /demo/bank/ended",
	"GET /citizen/sign-in", "POST /citizen/sign-in", "POST /citizen/card", "POST /citizen/card/{ticket}/challenge", "POST /citizen/card/{ticket}/answer", "GET /citizen/card/done",
	"POST /citizen/sign-out", "POST /citizen/passkey", "POST /citizen/passkey/end",
	"GET /.well-known/openid-credential-issuer/wallet", "GET /.well-known/oauth-authorization-server/wallet", "GET /.well-known/jwt-vc-issuer/wallet", "GET /wallet/types/{type}",
	"GET /wallet/authority.pem", "GET /wallet/status/1", "POST /wallet/token", "POST /wallet/nonce", "POST /wallet/credential",
	"GET /citizen/simulator/card", "POST /citizen/simulator/card", "GET /citizen/simulator/counter", "POST /citizen/simulator/counter",
}

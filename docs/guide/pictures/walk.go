package main

import (
	_ "embed" // the words
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

//go:embed words.json
var said []byte

// words gives what is typed in the pictures' language.
func (p *painter) words() map[string]string {
	all := map[string]map[string]string{}
	if err := json.Unmarshal(said, &all); err != nil {
		p.run.Fatal(err)
	}
	return all[p.lang]
}

// walk follows the tour, step by step.
func (p *painter) walk() {
	p.complaint()
	file, other := p.caseFiles()
	p.exhibit(other)
	p.custody()
	p.handOver(file)
	p.prosecution()
	p.inspection(file)
	p.relying()
	p.figures()
	p.disposal()
}

// complaint: the duty officer records one and prints its receipt.
func (p *painter) complaint() {
	w := p.words()
	p.as("duty-officer")
	p.Visit("/register/complaints/new")
	p.Fill(browser.Value{Name: "complainant.family-ar", Value: w["family-ar"]}, browser.Value{Name: "complainant.given-ar", Value: w["given-ar"]},
		browser.Value{Name: "complainant.family", Value: "El Amrani"}, browser.Value{Name: "complainant.given", Value: "Salma"},
		browser.Value{Name: "complainant.birth", Value: "1991"}, browser.Value{Name: "complainant.phones", Value: "+212600000000"},
		browser.Value{Name: "offence", Value: "theft-simple"}, browser.Value{Name: "facts_on", Value: "2026-11-19"}, browser.Value{Name: "facts_clock", Value: "18:30"},
		browser.Value{Name: "place", Value: w["place"]}, browser.Value{Name: "facts", Value: w["facts"]})
	p.shoot("1-complaint")
	p.Submit()
	p.shoot("1-recorded")
	p.paper("1-receipt", p.Link("/receipt$|/receipt[?]"), 110)
}

// caseFiles: the investigator opens a case that was given to them: one whose
// file is complete, to be handed over, and another to work on.
func (p *painter) caseFiles() (file, other string) {
	p.as("investigator")
	p.Visit("/cases?state=open")
	links := browser.Eval[[]string](p.Tab, `[...document.querySelectorAll("main tbody a")].map(a => a.getAttribute("href")).filter(h => /cases(\/|%2F)[0-9a-f-]{36}/.test(h))`)
	if len(links) < 2 {
		p.run.Fatalf("%d open cases", len(links))
	}
	for _, link := range links {
		here := "/cases/" + link[len(link)-36:]
		p.under(here)
		p.Visit(here + "/submit")
		if file == "" && !p.Has("main .task .chip:not(.chip-good)") {
			file = here
		} else {
			other = here
		}
	}
	if file == "" || other == "" {
		p.run.Fatalf("no case is complete, or every one is")
	}
	p.under(file)
	p.shoot("2-case")
	p.under(other)
	return file, other
}

// under opens a case and works for it from now on.
func (p *painter) under(file string) {
	p.Under("case/" + strings.TrimPrefix(file, "/cases/"))
	p.Visit(file)
}

// exhibit: a thing is recorded as seized.
func (p *painter) exhibit(file string) {
	w := p.words()
	p.Visit("/seizures/" + strings.TrimPrefix(file, "/cases/") + "/seize")
	p.Fill(browser.Value{Name: "described", Value: w["thing"]}, browser.Value{Name: "category", Value: "device"}, browser.Value{Name: "place", Value: w["place"]},
		browser.Value{Name: "witnesses", Value: w["witness"]}, browser.Value{Name: "condition", Value: w["condition"]}, browser.Value{Name: "at", Value: "09:50"})
	p.Submit()
	if !strings.HasPrefix(p.Path(), "/exhibits/") {
		p.follow("^/exhibits/[0-9a-f-]{36}$")
	}
	p.shoot("2-exhibit")
}

// custody: somebody is held under the case, and the clock runs.
func (p *painter) custody() {
	w := p.words()
	p.Visit("/custody/new")
	p.Fill(browser.Value{Name: "person.family-ar", Value: w["held-family-ar"]}, browser.Value{Name: "person.given-ar", Value: w["held-given-ar"]},
		browser.Value{Name: "person.family", Value: "Chraibi"}, browser.Value{Name: "person.given", Value: "Anas"}, browser.Value{Name: "person.birth", Value: "1998"},
		browser.Value{Name: "arrest", Value: "09:20"}, browser.Value{Name: "arrival", Value: "09:45"}, browser.Value{Name: "offence", Value: "theft-simple"},
		browser.Value{Name: "grounds", Value: "prevent-pressure"}, browser.Value{Name: "reasons", Value: w["reasons"]}, browser.Value{Name: "cell", Value: "2"})
	p.Submit()
	p.shoot("3-custody")
}

// handOver: the investigator submits the case; the chief reviews it and hands
// it over.
func (p *painter) handOver(file string) {
	p.under(file)
	p.Visit(file + "/submit")
	p.Submit()
	p.as("brigade-chief")
	p.under(file)
	p.Visit(file + "/approve")
	p.shoot("4-review")
	p.Submit()
	p.Visit(file + "/hand-over")
	p.shoot("5-gate")
	p.Submit()
}

// prosecution: the inbox, and the dossier that was handed over.
func (p *painter) prosecution() {
	p.as("prosecutor")
	p.Visit("/inbox")
	p.shoot("5-inbox")
	p.follow("dossiers(/|%2F)[0-9a-f-]{36}", p.words()["awaiting"])
	p.shoot("5-dossier")
	if issue := "main form[action*='/issue?'][action*='lang=" + p.lang + "'] button"; p.lang != "ar" && p.Has(issue) { // the Arabic one is made at hand-over
		p.Click(issue)
	}
	p.paper("5-paper", p.Link("/files/", p.words()["edition"]), 80)
}

// inspection: who read the case, and a verification.
func (p *painter) inspection(file string) {
	p.as("inspector")
	p.Visit("/history/case/" + url.PathEscape(strings.TrimPrefix(file, "/cases/")))
	p.shoot("6-history")
	p.Visit("/verification")
	p.Submit()
	time.Sleep(12 * time.Second) // it runs in the background
	p.Visit("/verification")
	p.shoot("6-verification")
}

// relying: a citizen signs in with the demonstration's bank, and shows it by a
// wallet that they are of age.
func (p *painter) relying() {
	p.Post("/session/end", nil)
	p.Visit("/demo/bank")
	p.Click("form[action='/demo/bank/sign-in'] button")
	p.Click("form[action='/citizen/card'] button")
	if !strings.HasPrefix(p.Path(), "/citizen/simulator/card") {
		p.follow("/citizen/simulator/card")
	}
	p.Fill(browser.Value{Name: "pin", Value: "1234"})
	p.Click("form[action^='/citizen/simulator/card'] button.primary", "form[action^='/citizen/simulator/card'] button")
	p.shoot("7-consent")
	p.Click("button[value='agree']")
	p.shoot("7-bank")
	p.Visit("/citizen/proofs")
	p.Fill(browser.Value{Name: "type", Value: "age"})
	p.Click("form[action='/citizen/proofs'] button")
	digits := strings.TrimSpace(p.Text("main .code"))
	p.Visit(p.Link("^/demo/wallet[?]"))
	p.Fill(browser.Value{Name: "digits", Value: digits})
	p.Submit()
	p.Post("/demo/bank/age", nil)
	p.Visit("/demo/bank/age")
	p.Visit(p.Link("^/demo/wallet[?]"))
	p.Submit()
	p.shoot("7-wallet")
}

// figures: what everybody sees of the service, and what the regulator does.
func (p *painter) figures() {
	p.as("regulator")
	p.Visit("/regulator")
	p.shoot("8-regulator")
	p.Visit("/status")
	p.shoot("8-status")
}

// disposal: the prosecutor decides on records whose term is over.
func (p *painter) disposal() {
	p.as("prosecutor")
	p.Visit("/disposals")
	p.Visit(p.Link("^/disposals/"))
	p.shoot("9-disposal")
}

package main

import (
	_ "embed" // the words
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

//go:embed words.json
var said []byte

// words gives what is typed in a language.
func words(lang string) (map[string]string, error) {
	all := map[string]map[string]string{}
	err := json.Unmarshal(said, &all)
	return all[lang], err
}

// walk follows the tour, step by step.
func (t *tab) walk() error {
	var file string
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"complaint", t.complaint},
		{"case", func() (err error) { file, err = t.caseFile(); return err }},
		{"exhibit", func() error { return t.exhibit(file) }},
		{"custody", t.custody},
		{"hand-over", func() error { return t.handOver(file) }},
		{"prosecution", t.prosecution},
		{"inspection", func() error { return t.inspection(file) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// complaint: the duty officer records one and prints its receipt.
func (t *tab) complaint() error {
	if err := t.as("duty-officer"); err != nil {
		return err
	}
	if err := t.visit("/register/complaints/new"); err != nil {
		return err
	}
	w, err := words(t.lang)
	if err != nil {
		return err
	}
	err = t.fill([2]string{"complainant.family-ar", w["family-ar"]}, [2]string{"complainant.given-ar", w["given-ar"]}, [2]string{"complainant.family", "El Amrani"}, [2]string{"complainant.given", "Salma"},
		[2]string{"complainant.birth", "1991"}, [2]string{"complainant.phones", "+212600000000"}, [2]string{"offence", "theft-simple"}, [2]string{"facts_on", "2026-11-19"}, [2]string{"facts_clock", "18:30"},
		[2]string{"place", w["place"]}, [2]string{"facts", w["facts"]})
	if err == nil {
		err = t.shoot("1-complaint", "")
	}
	if err == nil {
		err = t.submit()
	}
	if err == nil {
		err = t.shoot("1-recorded", "")
	}
	if err != nil {
		return err
	}
	receipt, err := t.link("/receipt$|/receipt[?]")
	if err != nil {
		return err
	}
	return t.paper("1-receipt", receipt, 110)
}

// caseFile: the investigator opens a case that was given to them.
func (t *tab) caseFile() (string, error) {
	err := t.as("investigator")
	if err == nil {
		err = t.visit("/cases?state=open")
	}
	if err != nil {
		return "", err
	}
	link, err := t.link("cases(/|%2F)[0-9a-f-]{36}")
	if err != nil {
		return "", err
	}
	file := "/cases/" + link[len(link)-36:]
	if err = t.under(file); err == nil {
		err = t.shoot("2-case", "")
	}
	return file, err
}

// under opens a case and works for it from now on.
func (t *tab) under(file string) error {
	err := t.post("/purpose", map[string]string{"purpose": "case/" + file[len("/cases/"):], "return": file})
	if err == nil {
		err = t.visit(file)
	}
	return err
}

// exhibit: a thing is recorded as seized.
func (t *tab) exhibit(file string) error {
	w, err := words(t.lang)
	if err == nil {
		err = t.visit("/seizures/" + file[len("/cases/"):] + "/seize")
	}
	if err == nil {
		err = t.fill([2]string{"described", w["thing"]}, [2]string{"category", "device"}, [2]string{"place", w["place"]}, [2]string{"witnesses", w["witness"]}, [2]string{"condition", w["condition"]}, [2]string{"at", "09:50"})
	}
	if err == nil {
		err = t.submit()
	}
	if err == nil && !strings.HasPrefix(t.path(), "/exhibits/") {
		err = t.follow("^/exhibits/[0-9a-f-]{36}$")
	}
	if err == nil {
		err = t.shoot("2-exhibit", "")
	}
	return err
}

// custody: somebody is held under the case, and the clock runs.
func (t *tab) custody() error {
	w, err := words(t.lang)
	if err == nil {
		err = t.visit("/custody/new")
	}
	if err == nil {
		err = t.fill([2]string{"person.family-ar", w["held-family-ar"]}, [2]string{"person.given-ar", w["held-given-ar"]}, [2]string{"person.family", "Chraibi"}, [2]string{"person.given", "Anas"}, [2]string{"person.birth", "1998"},
			[2]string{"arrest", "09:20"}, [2]string{"arrival", "09:45"}, [2]string{"offence", "theft-simple"}, [2]string{"grounds", "prevent-pressure"}, [2]string{"reasons", w["reasons"]}, [2]string{"cell", "2"})
	}
	if err == nil {
		err = t.submit()
	}
	if err == nil {
		err = t.shoot("3-custody", "")
	}
	return err
}

// handOver: the investigator submits the case; the chief reviews it and hands
// it over.
func (t *tab) handOver(file string) error {
	err := t.visit(file + "/submit")
	if err == nil {
		err = t.submit()
	}
	if err == nil {
		err = t.as("brigade-chief")
	}
	if err == nil {
		err = t.under(file)
	}
	if err == nil {
		err = t.visit(file + "/approve")
	}
	if err == nil {
		err = t.shoot("4-review", "")
	}
	if err == nil {
		err = t.submit()
	}
	if err == nil {
		err = t.visit(file + "/hand-over")
	}
	if err == nil {
		err = t.shoot("5-gate", "")
	}
	if err == nil {
		_ = t.submit() // a file that lacks something stays: then the inbox holds those of earlier days
	}
	return err
}

// prosecution: the inbox, and the dossier that was handed over.
func (t *tab) prosecution() error {
	w, err := words(t.lang)
	if err == nil {
		err = t.as("prosecutor")
	}
	if err == nil {
		err = t.visit("/inbox")
	}
	if err == nil {
		err = t.shoot("5-inbox", "")
	}
	if err == nil {
		err = t.follow("dossiers(/|%2F)[0-9a-f-]{36}", w["awaiting"])
	}
	if err == nil {
		err = t.shoot("5-dossier", "")
	}
	if err == nil {
		err = t.press("main form[action*='/issue?'][action*='lang=" + t.lang + "'] button")
	}
	if err != nil {
		return err
	}
	file, err := t.link("/files/")
	if err != nil {
		return err
	}
	return t.paper("5-paper", file, 80)
}

// inspection: who read the case, and a verification.
func (t *tab) inspection(file string) error {
	err := t.as("inspector")
	if err == nil {
		err = t.visit("/history/case/" + url.PathEscape(file[len("/cases/"):]))
	}
	if err == nil {
		err = t.shoot("6-history", "")
	}
	if err == nil {
		err = t.visit("/verification")
	}
	if err == nil {
		err = t.submit()
	}
	if err != nil {
		return err
	}
	time.Sleep(12 * time.Second) // it runs in the background
	if err = t.visit("/verification"); err == nil {
		err = t.shoot("6-verification", "")
	}
	return err
}

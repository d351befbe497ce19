module github.com/amana-platform/amana/cmd/amana-card

go 1.26

require github.com/miekg/pkcs11 v1.1.1

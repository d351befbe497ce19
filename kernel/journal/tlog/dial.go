package tlog

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// RemoteSigner asks a ServeSigner on a Unix socket.
type RemoteSigner struct {
	note.Verifier
	http *http.Client
}

// DialSigner gives a signer for the log key vkey that lives behind a socket.
// Nobody need listen there yet: each signature connects, within 5 seconds, and
// fails clearly while the signer is away. What comes back is verified.
func DialSigner(socket, vkey string) (*RemoteSigner, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("tlog: log key: %w", err)
	}
	return &RemoteSigner{v, socketClient(socket)}, nil
}

// SignerVKey asks the signer on a socket for its verifier key.
func SignerVKey(ctx context.Context, socket string) (string, error) {
	answer, err := ask(ctx, socketClient(socket), http.MethodGet, "/key", nil)
	if err != nil {
		return "", err
	}
	_, err = note.NewVerifier(answer)
	return answer, err
}

func socketClient(socket string) *http.Client {
	return &http.Client{
		Timeout: signerDeadline,
		Transport: &http.Transport{
			DisableKeepAlives: true, // a signer that was restarted is found again at once
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{Timeout: signerDeadline}).DialContext(ctx, "unix", socket)
			},
		},
	}
}

// Sign implements note.Signer.
func (s *RemoteSigner) Sign(text []byte) ([]byte, error) {
	answer, err := ask(context.Background(), s.http, http.MethodPost, "/sign", text)
	if err != nil {
		return nil, err
	}
	sig, err := base64.StdEncoding.DecodeString(answer)
	if err != nil || !s.Verify(text, sig) {
		return nil, fmt.Errorf("tlog: what the signer of %s answered is not its signature", s.Name())
	}
	return sig, nil
}

func ask(ctx context.Context, c *http.Client, method, path string, body []byte) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://signer"+path, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := c.Do(r)
	if err != nil {
		return "", fmt.Errorf("tlog: the signer is away: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
	if err != nil {
		return "", fmt.Errorf("tlog: the signer broke off: %w", err)
	}
	line := strings.TrimSpace(string(text))
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("tlog: the signer refuses: %s", line)
	}
	return line, nil
}

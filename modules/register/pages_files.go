package register

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
)

// What a screen copy of a picture holds at most.
const previewPixels = 1_200_000

// sent answers the upload protocol: a fault in the reader's words, or nothing.
func sent(r *web.Request, status int, headers map[string]string, err error) error {
	if err == nil {
		return plain(r, status, headers, "")
	}
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		return err
	}
	return plain(r, f.Kind.Status(), nil, r.Words.Fault(f))
}

// sendFile opens an upload under the record it is for (tus creation).
func (s *Service) sendFile(r *web.Request) error {
	subject, err := ident.Parse(r.PathValue("subject"))
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil {
		return sent(r, 0, nil, fault.New(fault.Invalid, "fault.invalid"))
	}
	offer := blobs.Offer{Subject: string(subject)}
	for part := range strings.SplitSeq(r.Header.Get("Upload-Metadata"), ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		plain, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return sent(r, 0, nil, fault.New(fault.Invalid, "fault.invalid"))
		}
		switch key {
		case "filename":
			offer.Name = string(plain)
		case "filetype":
			offer.MIME = strings.TrimPrefix(string(plain), "application/octet-stream")
		}
	}
	id, err := s.k.Uploads.Begin(r.Context(), string(r.Actor.ID), offer, size)
	return sent(r, http.StatusCreated, map[string]string{"Location": "/register/files/" + string(subject) + "/" + string(id), "Upload-Offset": "0"}, err)
}

// fileState says how far an upload has come (tus HEAD).
func (s *Service) fileState(r *web.Request) error {
	u, err := s.k.Uploads.Status(r.Context(), string(r.Actor.ID), ident.ID(r.PathValue("id")))
	return sent(r, http.StatusOK, map[string]string{"Upload-Offset": strconv.FormatInt(u.Offset, 10), "Upload-Length": strconv.FormatInt(u.Size, 10)}, err)
}

// continueFile appends a piece (tus PATCH).
func (s *Service) continueFile(r *web.Request) error {
	at, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil {
		return sent(r, 0, nil, fault.New(fault.Invalid, "fault.invalid"))
	}
	next, err := s.k.Uploads.Append(r.Context(), string(r.Actor.ID), ident.ID(r.PathValue("id")), at, r.Body)
	return sent(r, http.StatusNoContent, map[string]string{"Upload-Offset": strconv.FormatInt(next, 10)}, err)
}

// dropFile gives an upload up (tus DELETE).
func (s *Service) dropFile(r *web.Request) error {
	return sent(r, http.StatusNoContent, nil, s.k.Uploads.Abort(r.Context(), string(r.Actor.ID), ident.ID(r.PathValue("id"))))
}

// showFile serves an attachment, or with ?preview its screen copy.
func (s *Service) showFile(r *web.Request) error {
	files, err := readFiles(r.Context(), s.k.Reader, "where complaint = $1 and address = $2", string(r.Resource.Ref.ID), r.PathValue("address"))
	if err == nil && len(files) == 0 {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	if err != nil {
		return err
	}
	info := files[0].Info
	content, err := s.k.Blobs.Open(r.Context(), info)
	if err != nil {
		return err
	}
	defer content.Close()
	if !r.URL.Query().Has("preview") {
		r.Exported()
		return r.SendFile(info.MIME, info.Name, content)
	}
	small, err := blobs.Preview(r.Context(), content, previewPixels)
	if err != nil {
		return err
	}
	return r.SendFile("image/jpeg", "", bytes.NewReader(small))
}

// picture reports whether a file can be shown small.
func (f File) picture() bool { return strings.HasPrefix(f.Info.MIME, "image/") }

package exhibits

import (
	"mime/multipart"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
)

// quantityOf reads how much of it there is.
func quantityOf(a web.Answers) int64 {
	n, err := ParseQuantity(a.Get("quantity"))
	a.Fault("quantity", err)
	return n
}

// chosenPerson reads a person chosen from the index. Who was typed and not chosen is
// asked for again.
func chosenPerson(a web.Answers, name string) ident.ID {
	v := a.Get(name)
	if v == "" && a.Get(name+".q") == "" {
		return ""
	}
	ref, err := ident.ParseRef(v)
	if err != nil || ref.Kind != "person" {
		a.Wrong.Add(name, "exhibits.fault.no-person")
	}
	return ref.ID
}

// thingOf reads what an exhibit is said to be.
func thingOf(a web.Answers, id ident.ID) NewThing {
	return NewThing{ID: id, Category: Category(a.Get("category")), Description: a.Get("described"), Milli: quantityOf(a), Measure: a.Get("measure")}
}

// moveOf reads what all moves say, and stores the pictures that came with the
// form.
func (s *Service) moveOf(a web.Answers, x Exhibit) Move {
	m := Move{Submission: a.ID("submission"), Exhibit: x.ID, Version: a.Version(), At: a.Time("at"), Condition: a.Get("condition")}
	if a.Request.MultipartForm == nil {
		return m
	}
	for _, h := range a.Request.MultipartForm.File["photo.file"] {
		info, err := s.keep(a, x.ID, h)
		if err != nil {
			a.Fault("photo", err)
			continue
		}
		m.Photos = append(m.Photos, info)
	}
	return m
}

func (s *Service) keep(a web.Answers, exhibit ident.ID, h *multipart.FileHeader) (info blobs.Info, err error) {
	f, err := h.Open()
	if err != nil {
		return info, err
	}
	defer f.Close()
	return s.KeepPhotograph(a.Request.Context(), exhibit, h.Filename, h.Header.Get("Content-Type"), f)
}

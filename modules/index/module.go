package index

import (
	"embed"
	"io/fs"

	"github.com/amana-platform/amana/kernel/app"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations shape the module's tables.
func Migrations() fs.FS {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the embedded folder is there or the program does not compile
	}
	return sub
}

// Service keeps the index. It is safe for concurrent use.
type Service struct {
	k *app.Kernel
}

// New makes the service on a kernel.
func New(k *app.Kernel) *Service { return &Service{k: k} }

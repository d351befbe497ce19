package demodata

import (
	"bytes"
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/plates"
)

// scenes are street scenes that the generator of engines/plate/train made; no
// vehicle and no plate in them exists.
//
//go:embed scenes/*.jpg
var scenes embed.FS

// shown are the plates of two of the scenes, which the demonstration lists, so
// that playing them makes hits.
var shown = []string{"65089-D-41", "45037-B-50"}

// Play sends the scenes one after the other to the demonstration's cameras, as
// those would, until the context ends. What they show is read by the real
// engine, whose networks are unpacked at the first scene.
func Play(ctx context.Context, s *compose.Services, c clock.Clock, log *slog.Logger, every time.Duration) {
	names, err := scenes.ReadDir("scenes")
	if err != nil {
		return // the folder is embedded above
	}
	ids := ident.NewSource(c.Now, nil)
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		if err := play(ctx, s, c.Now(), n, string(ids.New()), names[n%len(names)].Name()); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "a scene of the demonstration could not be played", "err", err)
		}
	}
}

// play sends one scene to one of the cameras that send pictures.
func play(ctx context.Context, s *compose.Services, now time.Time, n int, device, name string) error {
	cameras, err := s.Plates.CamerasBy(ctx, plates.Push)
	if err != nil || len(cameras) == 0 {
		return err
	}
	picture, err := scenes.ReadFile("scenes/" + name)
	if err != nil {
		return err
	}
	_, err = s.Plates.TakePicture(ctx, cameras[n%len(cameras)], plates.Scene{Device: device, At: now, Sent: now, Image: bytes.NewReader(picture)})
	return err
}

package plates

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/jobs"
)

// jobs are what time demands: confirmations that a broken-off request left
// open, the pictures of cameras that do not send, the week's samples, the end of
// terms.
func (s *Service) jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "plates-cancellations", Every: 5 * time.Second, Do: s.ConfirmCancellations},
		{Name: "plates-samples", Every: time.Hour, Do: func(ctx context.Context) error {
			_, err := s.DrawSamples(ctx)
			return err
		}},
		{Name: "plates-pull", Every: 5 * time.Second, Do: s.PullCameras},
		{Name: "plates-expiry", Every: 10 * time.Minute, Do: s.expire},
	}
}

// expire ends what is due and says so in the log.
func (s *Service) expire(ctx context.Context) error {
	done, err := s.ExpireReads(ctx)
	if done.Days+done.Proposals+done.Held > 0 {
		s.k.Log.InfoContext(ctx, "plate reads expired", "days", done.Days, "proposals", done.Proposals, "held", done.Held, "pictures", done.Left)
	}
	return err
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func benchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "bench [NAME…]", Short: "Measure, each figure beside its limit or peer",
		RunE: func(c *cobra.Command, args []string) error { return fmt.Errorf("no figure of that name") },
	}
}

package screen

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"poise/serve/client"
)

// Config is whom to show, and where.
type Config struct {
	Client *client.Client
	In     io.Reader // of the terminal
	Out    io.Writer // the terminal
	Env    []string  // as os.Environ: TERM, LANG, NO_COLOR
}

// Run shows a running follower until its user quits or ctx ends. Nothing of it is
// left behind: no goroutine, and the terminal as it was.
func Run(ctx context.Context, c Config) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := newFeed(c.Client)
	p := tea.NewProgram(newModel(c.Client.Server(), f.choose, marksFor(c.Env), time.Now()),
		tea.WithContext(ctx), tea.WithInput(c.In), tea.WithOutput(c.Out), tea.WithEnvironment(environment(c.Env)), tea.WithoutSignalHandler())
	f.send = p.Send
	var all sync.WaitGroup
	all.Go(func() { f.run(ctx) })
	_, err := p.Run()
	stop()
	all.Wait()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil && !errors.Is(err, tea.ErrProgramPanic) {
		return nil
	}
	return err
}

// environment has NO_COLOR as what draws understands it: any value but none.
func environment(env []string) []string {
	if valueOf(env, "NO_COLOR") == "" {
		return env
	}
	return append(append([]string{}, env...), "NO_COLOR=1")
}

func valueOf(env []string, name string) (value string) {
	for _, e := range env {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// marksFor are signs that the terminal's locale has.
func marksFor(env []string) marks {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(valueOf(env, name)); v != "" {
			if strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8") {
				return unicodeMarks
			}
			return asciiMarks
		}
	}
	return asciiMarks
}

package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// engine is one of the two schemas of a store; each has its own versions, since
// in a cluster each lives elsewhere.
type engine struct{ name, versions string }

var engines = []engine{{"journal", "journal_version"}, {"ledger", "ledger_version"}}

func (e engine) provider(db *sql.DB, dialect goose.Dialect) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+e.name)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db, files, goose.WithTableName(e.versions),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

// known returns the latest version of the schema that this build has.
func (e engine) known() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/"+e.name+"/*.sql")
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1])
}

// migrate brings both schemas to the latest version.
func migrate(ctx context.Context, db *sql.DB) error {
	for _, e := range engines {
		p, err := e.provider(db, goose.DialectSQLite3)
		if err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("schema of the %s: %w", e.name, err)
		}
	}
	return nil
}

// checkVersions fails with [ErrNewer] when the file's schema is later than this
// build knows, and says whether it is earlier. It writes nothing.
func checkVersions(ctx context.Context, db *sql.DB) (older bool, err error) {
	for _, e := range engines {
		known, err := e.known()
		if err != nil {
			return false, err
		}
		var found int64
		if ok, err := hasTable(ctx, db, e.versions); err != nil {
			return false, err
		} else if ok {
			row := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+e.versions+" WHERE is_applied")
			if err := row.Scan(&found); err != nil {
				return false, err
			}
		}
		if found > known {
			return false, fmt.Errorf("%w (schema of the %s: version %d, known is %d)", ErrNewer, e.name, found, known)
		}
		older = older || found < known
	}
	return older, nil
}

func hasTable(ctx context.Context, db *sql.DB, name string) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1", name).Scan(&n)
	return n > 0, err
}

package serve

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"poise/follower"
)

// The page is HTML made here, and plain modules that ask for the same HTML again
// when something changed and bring the old in line with the new: one place knows
// how a row looks, and nothing has to be built.
//
//go:embed page
var files embed.FS

var pages = parsePages("accounts", "account", "wallet", "entries", "statement", "incidents", "login", "problem")

func parsePages(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.New("").Funcs(template.FuncMap{"at": at, "seg": url.PathEscape, "sign": signOf, "signed": signed, "why": whyOf, "label": labelOf, "static": staticOf,
			"advice": adviceOf, "alarm": alarmOf, "lasted": lasted, "pad": padOf}).
			ParseFS(files, "page/layout.html", "page/parts.html", "page/"+name+".html"))
	}
	return all
}

// layout is what each page has.
type layout struct {
	Title   string
	Version string
	Account string // whose page it is, or ""
	Tab     string
	Script  string // a module, or ""
	Body    any
}

func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, l layout) {
	l.Version = s.config.Version
	s.write(w, r, status, name, "layout", l)
}

// write makes all of the HTML before the first byte is sent, and says nothing
// but 304 to whoever has it already.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, name, block string, data any) {
	var b bytes.Buffer
	if err := pages[name].ExecuteTemplate(&b, block, data); err != nil {
		s.log.Error("a page cannot be made", "page", name, "error", err)
		http.Error(w, "the page cannot be made; the log says why", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if block != "layout" {
		sum := sha256.Sum256(b.Bytes())
		tag := `"` + hex.EncodeToString(sum[:8]) + `"`
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the browser has gone
}

// pageRoutes adds the page.
func (s *Server) pageRoutes() {
	cross := http.NewCrossOriginProtection()
	s.mux.HandleFunc("GET /{$}", s.pageAccounts)
	s.mux.HandleFunc("GET /live", s.liveAccounts)
	s.mux.HandleFunc("GET /accounts/{name}", s.pageAccount)
	s.mux.HandleFunc("GET /accounts/{name}/live", s.liveAccount)
	s.mux.HandleFunc("GET /accounts/{name}/wallet", s.pageWallet)
	s.mux.HandleFunc("GET /accounts/{name}/entries", s.pageEntries)
	s.mux.HandleFunc("GET /accounts/{name}/statement", s.pageStatement)
	s.mux.HandleFunc("GET /accounts/{name}/incidents", s.pageIncidents)
	s.mux.HandleFunc("GET "+staticPath+"{file...}", s.static)
	s.mux.HandleFunc("GET "+loginPath, func(w http.ResponseWriter, r *http.Request) { s.loginForm(w, r, http.StatusOK, "") })
	s.mux.Handle("POST "+loginPath, cross.Handler(http.HandlerFunc(s.login)))
}

func (s *Server) loginForm(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	to := r.URL.RequestURI()
	if r.URL.Path == loginPath {
		to = r.URL.Query().Get("to")
	}
	s.show(w, r, status, "login", layout{Title: "Log in", Body: struct{ To, Wrong string }{local(to), wrong}})
}

// statics are the files of page/static, each with a tag of what is in it, so
// that a browser keeps it until it differs.
var statics = readStatics()

type staticFile struct {
	data      []byte
	kind, tag string
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".LICENSE": "text/plain; charset=utf-8"}

func readStatics() map[string]staticFile {
	all := map[string]staticFile{}
	for _, folder := range []string{"page/static", "page/static/vendor"} {
		list, err := files.ReadDir(folder)
		for _, f := range list {
			if f.IsDir() {
				continue
			}
			name := folder + "/" + f.Name()
			data, readErr := files.ReadFile(name)
			if readErr != nil {
				err = readErr
			}
			sum := sha256.Sum256(data)
			all[strings.TrimPrefix(name, "page/static/")] = staticFile{data, kinds[path.Ext(name)], hex.EncodeToString(sum[:8])}
		}
		if err != nil {
			panic("serve: embedded files: " + err.Error()) // cannot be: the compiler has put them in
		}
	}
	return all
}

// staticOf is the address of a static file.
func staticOf(name string) string { return staticPath + name + "?" + statics[name].tag }

func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	f, ok := statics[r.PathValue("file")]
	if !ok {
		(&problem{Status: http.StatusNotFound, Detail: "there is no such file"}).write(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", `"`+f.tag+`"`)
	h.Set("Cache-Control", "no-cache") // asked about each time: modules name each other without a tag
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

// statusWord is for people.
var statusWords = map[string]string{follower.Starting: "Starting", follower.Live: "Live", follower.Degraded: "Degraded", follower.Down: "Down"}

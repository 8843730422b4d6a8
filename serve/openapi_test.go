package serve_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"poise/serve"
)

// document is the OpenAPI document, read strictly: what this test does not know
// the meaning of is an error.
type document struct {
	OpenAPI    string
	Info       map[string]any
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]schema
		SecuritySchemes map[string]any
	}
	Security []map[string][]string
}

type operation struct {
	OperationID, Summary, Description string
	Parameters                        []struct {
		Name, In, Description string
		Required, Explode     bool
		Schema                schema
	}
	Responses map[string]struct {
		Description string
		Headers     map[string]any
		Content     map[string]struct{ Schema schema }
	}
}

// schema is of JSON Schema 2020-12, which OpenAPI 3.1 takes.
type schema struct {
	Ref                             string `json:"$ref"`
	Type                            any    // a name, or several
	Enum                            []any
	Properties                      map[string]schema
	Required                        []string
	Items                           *schema
	AdditionalProperties            *bool
	Minimum, Maximum                *json.Number
	MaxLength                       *int
	Pattern, Format                 string
	Description, PatternDescription string
	Default                         any
	Examples                        []any
}

func openAPI(t *testing.T, w *web) (d document) {
	t.Helper()
	_, body := w.get("/openapi.json")
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	must(t, dec.Decode(&d))
	return d
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// The document is as OpenAPI 3.1 asks: what it refers to is there, each operation
// has a name of its own and tells of the parameters of its path.
func TestDocumentIsValid(t *testing.T) {
	d := openAPI(t, told(t, serve.Config{}))
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Info["title"] == "" || d.Info["version"] == "" {
		t.Errorf("%s %v", d.OpenAPI, d.Info)
	}
	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for _, o := range methods {
			if o.OperationID == "" || ids[o.OperationID] || o.Summary == "" {
				t.Errorf("%s: operation %q", path, o.OperationID)
			}
			ids[o.OperationID] = true
			var want, got []string
			for _, m := range inPath.FindAllStringSubmatch(path, -1) {
				want = append(want, m[1])
			}
			for _, p := range o.Parameters {
				if p.In == "path" {
					got = append(got, p.Name)
				} else if p.Description == "" {
					t.Errorf("%s: nothing is told of %s", path, p.Name)
				}
				d.sound(t, path+" "+p.Name, p.Schema)
			}
			if !slices.Equal(want, got) {
				t.Errorf("%s: parameters of the path are %q", path, got)
			}
			for status, r := range o.Responses {
				if _, err := strconv.Atoi(status); err != nil || r.Description == "" || len(r.Content) == 0 {
					t.Errorf("%s: answer %q %+v", path, status, r)
				}
				for _, c := range r.Content {
					d.sound(t, path+" "+status, c.Schema)
				}
			}
		}
	}
	for name, s := range d.Components.Schemas {
		d.sound(t, name, s)
	}
}

// sound checks that a schema can be used.
func (d *document) sound(t *testing.T, where string, s schema) {
	t.Helper()
	if s.Ref != "" {
		if _, ok := d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]; !ok {
			t.Errorf("%s: nothing is at %s", where, s.Ref)
		}
		return
	}
	for _, name := range types(s) {
		if !slices.Contains([]string{"object", "array", "string", "integer", "boolean", "null"}, name) {
			t.Errorf("%s: type %q", where, name) // number too: money is text
		}
	}
	if _, err := regexp.Compile(s.Pattern); err != nil || len(types(s)) == 0 && where != anything {
		t.Errorf("%s: %v %+v", where, err, s)
	}
	for name, p := range s.Properties {
		d.sound(t, where+"."+name, p)
	}
	for _, name := range s.Required {
		if _, ok := s.Properties[name]; !ok {
			t.Errorf("%s: %s is required and not described", where, name)
		}
	}
	if s.AdditionalProperties != nil && !*s.AdditionalProperties && where != "ErrorModel" && where != "ErrorDetail" {
		t.Errorf("%s may have no more fields, though more may come", where)
	}
	if s.Items != nil {
		d.sound(t, where+"[]", *s.Items)
	}
}

// anything is what was wrong in a request, as it came.
const anything = "ErrorDetail.value"

func types(s schema) (list []string) {
	switch v := s.Type.(type) {
	case string:
		return []string{v}
	case []any:
		for _, name := range v {
			list = append(list, fmt.Sprint(name))
		}
	}
	return list
}

// differences are where a value is not as a schema says, with every field that
// the schema does not tell of.
func (d *document) differences(where string, s schema, v any) (list []string) {
	if s.Ref != "" {
		return d.differences(where, d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], v)
	}
	wrong := func(format string, args ...any) { list = append(list, where+": "+fmt.Sprintf(format, args...)) }
	kind := map[bool]string{true: "null"}[v == nil]
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				wrong("%s is missing", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if p, ok := s.Properties[name]; ok {
				list = append(list, d.differences(where+"."+name, p, v[name])...)
			} else {
				wrong("nothing tells of %s", name)
			}
		}
	case []any:
		kind = "array"
		for i := range v {
			list = append(list, d.differences(fmt.Sprintf("%s[%d]", where, i), *s.Items, v[i])...)
		}
	case json.Number:
		kind = "integer"
		n, ok := new(big.Int).SetString(v.String(), 10)
		if !ok || s.Minimum != nil && n.Cmp(whole(*s.Minimum)) < 0 || s.Maximum != nil && n.Cmp(whole(*s.Maximum)) > 0 {
			wrong("%s is no such number", v)
		}
	case string:
		kind = "string"
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) || s.MaxLength != nil && len(v) > *s.MaxLength {
			wrong("%q is no such text", v)
		}
	case bool:
		kind = "boolean"
	}
	if !slices.Contains(types(s), kind) && !strings.HasSuffix(where, "].value") {
		wrong("%s is no %v", kind, s.Type)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		wrong("%v is none of %v", v, s.Enum)
	}
	return list
}

func whole(n json.Number) *big.Int {
	i, ok := new(big.Int).SetString(n.String(), 10)
	if !ok {
		panic("a bound is no whole number: " + n.String())
	}
	return i
}

func parsed(t *testing.T, body string) (v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	must(t, dec.Decode(&v))
	return v
}

// Every answer is as the document describes it, right ones and problems, of a
// live account and of history, and each change.
func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	w := remembered(t, 4)
	w.trade("main", "BTCUSD_PERP", "BUY", 7)
	w.written()
	w.until("with a mark", func() bool { v := w.view("main"); return v.Now != nil && len(v.Now.Positions) > 0 })
	d := openAPI(t, w.web)
	checked := map[string]bool{}
	check := func(path, request string, code int, body string) {
		o := d.Paths[path]["get"]
		r, ok := o.Responses[strconv.Itoa(code)]
		if !ok {
			t.Errorf("%s answers %d, of which the document does not tell", request, code)
			return
		}
		checked[path+" "+strconv.Itoa(code)] = true
		for _, c := range r.Content {
			for _, text := range d.differences(request, c.Schema, parsed(t, body)) {
				t.Error(text)
			}
		}
	}
	const one = "/v1/accounts/{name}"
	for request, path := range map[string]string{
		"/v1/accounts": "/v1/accounts", "/v1/accounts/main": one, "/v1/accounts/main?flat=1": one, "/v1/accounts/main?at=1": one,
		"/v1/accounts/main?at=" + strconv.FormatInt(w.v.Now().UnixMilli(), 10): one, "/v1/accounts/x": one, "/v1/accounts/main?at=x": one, "/v1/accounts/main?t=1": one,
		"/v1/accounts/main?at=9999999999999": one,
		"/v1/accounts/main/entries":          one + "/entries", "/v1/accounts/main/entries?limit=2": one + "/entries", "/v1/accounts/main/entries?limit=0": one + "/entries",
		"/v1/accounts/main/totals": one + "/totals", "/v1/accounts/main/totals?by=month": one + "/totals", "/v1/accounts/main/totals?from=x": one + "/totals",
		"/v1/accounts/main/incidents": one + "/incidents", "/v1/accounts/main/incidents?after=x": one + "/incidents", "/v1/accounts/x/incidents": one + "/incidents",
		"/v1/changes?account=x": "/v1/changes", "/v1/changes?from=x": "/v1/changes", "/v1/changes?from=8-99999999": "/v1/changes",
	} {
		code, body := w.web.get(request)
		check(path, request, code, body)
	}
	head := w.f.Head().String()
	for l := w.web.listen("?from=0", ""); l.last != head; {
		check("/v1/changes", "a change", http.StatusOK, l.take(1)[0].data)
	}
	for path := range d.Paths {
		if !checked[path+" 200"] {
			t.Errorf("no right answer of %s was looked at", path)
		}
	}
}

// The check above sees what is wrong.
func TestTheDocumentsCheckSeesWhatIsWrong(t *testing.T) {
	w := told(t, serve.Config{})
	d := openAPI(t, w)
	_, body := w.get("/v1/accounts/main/entries?limit=1")
	s := schema{Ref: "#/components/schemas/EntriesPage"}
	if list := d.differences("right", s, parsed(t, body)); len(list) > 0 {
		t.Error(list)
	}
	for old, new := range map[string]string{`"kind":"TRANSFER",`: "", `"index":0`: `"index":"0"`, `"amount":"2.50000000"`: `"amount":2.5`, `"reason":`: `"why":`,
		`"position":1`: `"position":-1`, `"orderId":0`: `"orderId":0.5`, `"entries":[`: `"entries":null,"more":[`} {
		broken := strings.Replace(body, old, new, 1)
		if list := d.differences("wrong", s, parsed(t, broken)); broken == body || len(list) == 0 {
			t.Errorf("%s for %s is not seen in %s", new, old, broken)
		}
	}
}

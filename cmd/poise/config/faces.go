package config

import (
	"crypto/tls"
	"errors"
	"io/fs"

	"go.yaml.in/yaml/v4"

	"poise/notify"
)

// tls checks that the files are a certificate and its key.
func (r *reader) tls(at place, dst *TLS) {
	if at.node == nil {
		return
	}
	f := r.fields(at, "certificate", "key")
	if at.node.Kind != yaml.MappingNode {
		return
	}
	r.need(at, f, "certificate", "key")
	certificate, certified := r.pem(f["certificate"])
	key, keyed := r.pem(f["key"])
	if !certified || !keyed {
		return
	}
	dst.Certificate, dst.Key = certificate.path, key.path
	if readable(key.mode, byAll) {
		r.wrong(f["key"], "%s can be read by everybody (mode %#o): chmod 600 %s", key.path, key.mode.Perm(), key.path)
	}
	if _, err := tls.X509KeyPair(certificate.text, key.text); err != nil {
		r.wrong(f["certificate"], "and tls.key are no certificate and its key, %v: write the names of two PEM files", err)
	}
}

// pemFile is a file that was read.
type pemFile struct {
	path string
	text []byte
	mode fs.FileMode
}

func (r *reader) pem(at place) (p pemFile, ok bool) {
	s, ok := r.text(at)
	if !ok {
		return p, false
	}
	p.path = r.beside(s)
	var err error
	if p.text, p.mode, err = readFile(p.path, MaxKeyFile); err != nil {
		var e *fs.PathError
		if errors.As(err, &e) { // not the path: a key may have been put there
			err = e.Err
		}
		r.wrong(at, "is no file that can be read, %v: write its name, relative to the folder of %s", err, r.file)
		return p, false
	}
	return p, true
}

// notify checks whom to tell.
func (r *reader) notify(at place, dst *Notify) {
	if at.node == nil {
		return
	}
	f := r.fields(at, "webhook", "secret")
	if at.node.Kind != yaml.MappingNode {
		return
	}
	r.need(at, f, "webhook", "secret")
	if s, ok := r.kept(f["webhook"]); ok {
		dst.Webhook = s
		if err := notify.CheckURL(s.Reveal()); err != nil {
			r.wrong(f["webhook"], "%v", err)
		}
	}
	if s, ok := r.kept(f["secret"]); ok {
		dst.Secret = s
		if len(s.Reveal()) < notify.SecretLeast {
			r.wrong(f["secret"], "has fewer than %d characters: openssl rand -hex 32 makes one", notify.SecretLeast)
		}
	}
}

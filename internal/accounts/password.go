package accounts

import (
	"fmt"
	"path/filepath"

	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

// password reads the password from where it is. What is given for a path or a variable's name is not repeated: some give the
// password in its place.
func (r *reader) password(m mapping) (password secret.Value) {
	file, inFile := m.fields["password_file"]
	env, inEnv := m.fields["password_env"]
	switch {
	case inFile && inEnv:
		r.wrong(env, fmt.Sprintf("cannot stand beside the password_file in line %d; keep one", file.line))
	case inFile:
		return r.passwordFile(file)
	case inEnv:
		name, ok := r.text(env)
		if password = secret.Value(r.getenv(name)); ok && password == "" {
			r.wrong(env, "must name a variable that is set")
		}
	case !m.meant["password_file"] && !m.meant["password_env"]:
		r.add(m.line, "password_file or password_env is required: where the password is")
	}
	return password
}

func (r *reader) passwordFile(f field) secret.Value {
	path, ok := r.text(f)
	if !ok {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	r.files = append(r.files, path)
	password, err := secret.ReadFile(path)
	if err != nil {
		r.wrong(f, err.Error())
	}
	return password
}

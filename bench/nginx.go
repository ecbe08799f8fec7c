package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// nginxCheck verifies HS256 and returns the subject, or "" for a token that is invalid or has expired.
const nginxCheck = `const crypto = require('crypto');
function subject(r) {
  const parts = (r.headersIn.Authorization || '').replace(/^Bearer /, '').split('.');
  if (parts.length !== 3) return '';
  const header = JSON.parse(Buffer.from(parts[0], 'base64url').toString());
  const want = crypto.createHmac('sha256', %q).update(parts[0] + '.' + parts[1]).digest('base64url');
  const claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString());
  return header.alg === 'HS256' && want === parts[2] && claims.exp > Date.now() / 1000 ? claims.sub : '';
}
export default {subject};
`

// nginxFile has the directives that a checking nginx has more: the key with the subject, and a line in JSON for each request.
const nginxFile = `%[5]s daemon off; worker_processes 1; worker_rlimit_nofile 65536; error_log stderr crit; pid %[1]s/pid;
events { worker_connections 32768; }
http {
  keepalive_requests 1000000000; keepalive_timeout 10m;
  client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
  proxy_cache_path %[1]s/cache keys_zone=z:100m;
  proxy_cache_lock on; proxy_cache_background_update on; proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
  %[4]s
  server { listen %[2]s backlog=65535; location / { %[6]s
    proxy_pass %[3]s; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Accept-Encoding $http_accept_encoding;
    proxy_cache z; proxy_cache_valid 200 1h; } }
}
`

const nginxGuard = `js_path %[1]s; js_import check from check.js; js_set $subject check.subject;
  log_format json escape=json '{"time":"$time_iso8601","sub":"$subject","method":"$request_method","uri":"$request_uri","status":$status,'
    '"bytes":$bytes_sent,"took":$request_time,"cache":"$upstream_cache_status"}';
  access_log /dev/null json; proxy_cache_key $subject$scheme$proxy_host$request_uri;`

func nginx(ctx context.Context, l *lab, o *origin, earlier []*server) (*server, error) {
	return l.nginx(ctx, o, "nginx", len(earlier), "", "access_log off;", "")
}

// nginxChecking does what the gateway does for a caller, as far as nginx can: it narrows no query and checks no parameter.
func nginxChecking(ctx context.Context, l *lab, o *origin, earlier []*server) (*server, error) {
	token, err := sign("bench", "resellers", []string{"*"}, never)
	if err != nil {
		return nil, err
	}
	s, err := l.nginx(ctx, o, "nginx, njs JWT", len(earlier), "load_module modules/ngx_http_js_module.so;",
		nginxGuard, `if ($subject = "") { return 401; }`)
	if err == nil {
		s.header = []string{"Authorization: Bearer " + token}
	}
	return s, err
}

func (l *lab) nginx(ctx context.Context, o *origin, name string, number int, module, http, location string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(l.dir, "nginx"+strconv.Itoa(number))
	if module != "" {
		http = fmt.Sprintf(http, dir)
	}
	content := fmt.Sprintf(nginxFile, dir, address, o.url, http, module, location)
	for name, text := range map[string]string{"nginx.conf": content, "check.js": fmt.Sprintf(nginxCheck, signingKey)} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // nginx works as another user
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { //nolint:gosec // as above
			return nil, err
		}
	}
	s := &server{name: name, base: "http://" + address}
	s.pid, err = l.start(ctx, serverCore, nil, "nginx", "-p", "/usr/share/nginx/", "-c", filepath.Join(dir, "nginx.conf"))
	return s, err
}

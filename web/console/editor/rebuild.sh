#!/bin/sh
# Build ../static/editor.js and fetch ../static/htmx.min.js anew. Needs node and npm; using the console needs neither.
set -e
here="$(cd "$(dirname "$0")" && pwd)"
made="$(mktemp -d)"
trap 'rm -rf "$made"' EXIT
cp "$here/main.js" "$here/package.json" "$here/package-lock.json" "$made"
cd "$made"
npm ci --ignore-scripts --no-audit --no-fund
node_modules/.bin/esbuild main.js --bundle --minify --format=iife --target=es2020 --legal-comments=eof --outfile=editor.js
cp editor.js "$here/../static/editor.js"
cp node_modules/htmx.org/dist/htmx.min.js "$here/../static/htmx.min.js"
for name in codemirror '@codemirror/*' '@lezer/*' '@marijn/*' crelt style-mod w3c-keyname htmx.org; do
    for path in node_modules/$name; do
        [ -f "$path/LICENSE" ] && printf '%s\n\n' "${path#node_modules/}" && cat "$path/LICENSE" && echo
    done
done > "$here/../static/LICENSES.txt"
cd "$here/../static"
sha256sum editor.js htmx.min.js > "$here/checksums.txt"

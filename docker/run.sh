#!/bin/sh
# What a container of the image does: serve, work, bring the stores up to date, or run a command of `tegas`.
set -e
main=/tegas/dist/apps
# NODE_FLAGS in libs/privacy/src/run-process.ts
serve="node --max-semi-space-size=64"
case "${1:-api}" in
  api) exec $serve "$main/api/src/main.js" ;;
  worker) exec $serve "$main/worker/src/main.js" ;;
  migrate) shift; exec node "$main/cli/src/main.js" seed "$@" ;; # tables first, then the registry; both may be repeated
  *) exec node "$main/cli/src/main.js" "$@" ;;
esac

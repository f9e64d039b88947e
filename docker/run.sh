#!/bin/sh
# What a container of the image does: serve, work, bring the stores up to date, or run a command of `tegas`.
set -e
main=/tegas/dist/apps
case "${1:-api}" in
  api) exec node "$main/api/src/main.js" ;;
  worker) exec node "$main/worker/src/main.js" ;;
  migrate) shift; exec node "$main/cli/src/main.js" seed "$@" ;; # tables first, then the registry; both may be repeated
  *) exec node "$main/cli/src/main.js" "$@" ;;
esac

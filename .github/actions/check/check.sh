#!/usr/bin/env bash
# Calls `promobot check` with the action's inputs, which arrive as environment variables (see action.yml). Once WITH
# nothing: the runner's own Python, standard library only, which answers where nothing protected is touched. Once WITH
# everything: the pinned dependencies. Output `answered`, of the first: true or false. Exit code: promobot's own.
set -euo pipefail

root="$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)"

# --name=value: a value that begins with a dash stays a value.
arguments=()
option() { if [[ -n "$2" ]]; then arguments+=("$1=$2"); fi; }
option --base "$BASE"
option --head "$HEAD"
option --branch "$BRANCH"
option --body "$BODY"
option --now "$NOW"
option --repo "$REPO"
option --format "$FORMAT"

# Shell variables from here on: promobot and what it starts have no business with them.
export -n WITH BASE HEAD BRANCH BODY NOW REPO FORMAT

# -P and PYTHONPATH: modules come from the action's own commit, never from the workspace. -S -s: no packages, so that
# the quick answer needs none, whatever is installed on the runner.
case "$WITH" in
  nothing) python=(python3 -S -s) ;;
  everything) python=("$RUNNER_TEMP/promobot-venv/bin/python") ;;
  *) echo "::error::WITH is neither nothing nor everything" && exit 2 ;;
esac
log="$RUNNER_TEMP/promobot-log"
promobot() {
  PYTHONPATH="$root" PYTHONDONTWRITEBYTECODE=1 "${python[@]}" -P -m promobot check "${arguments[@]}" </dev/null 2>&1
}

code=0
if [[ "$WITH" == nothing ]]; then
  # -P is new in Python 3.11. 2 is also a word that promobot does not understand; the full way then says which.
  if ! "${python[@]}" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then code=2; fi
  if ((code == 0)); then promobot >"$log" || code=$?; fi
  if ((code == 2)); then
    rm -f "$log"
    echo "answered=false" >>"$GITHUB_OUTPUT"
    echo "git alone cannot tell; the rules have to be asked."
    exit 0
  fi
  echo "answered=true" >>"$GITHUB_OUTPUT"
else
  promobot >"$log" || code=$?
fi

# Names of files and values in the head are untrusted, and the runner takes any printed line for a command that looks
# like one. promobot escapes what it prints; beside that, the runner obeys nothing until it hears the unguessable word.
# Then come promobot's own annotations, by their exact form: whatever might pass for one could only be one more
# annotation. A carriage return ends a line for the runner.
word="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
annotation='^::(error|warning) (file=[^:,]*,)?(line=[0-9]+,)?title=promobot( [a-z_]+)?::'
echo "::stop-commands::$word"
sed -E "/$annotation/d" "$log"
echo
echo "::$word::"
tr '\r' '\n' <"$log" | grep -E "$annotation" || true
rm -f "$log"
exit "$code"

#!/usr/bin/env bash
# Calls `promobot propose` with the action's inputs, which arrive as environment variables (see action.yml).
# Exit code: promobot's own; 2 for an input that cannot be passed on.
set -euo pipefail

root="$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)"

# --name=value: a value that begins with a dash stays a value.
arguments=()
option() { if [[ -n "$2" ]]; then arguments+=("$1=$2"); fi; }
option --auto-apply-mode "$AUTO_APPLY_MODE"
option --output-dir "$OUTPUT_DIR"
option --live-overrides-path "$LIVE_OVERRIDES_PATH"
option --forge "$FORGE"
option --now "$NOW"
option --repo "$REPO"
option --base "$BASE"
option --policy "$POLICY"
option --format "$FORMAT"
flag() {
  case "$2" in
    true) arguments+=("$1") ;;
    false | "") ;;
    *) echo "::error::${1#--} is neither true nor false" && exit 2 ;;
  esac
}
flag --dry-run "$DRY_RUN"
flag --reconsider "$RECONSIDER"

arguments+=(--)
while IFS= read -r path; do
  if [[ -n "$path" ]]; then arguments+=("$path"); fi
done <<<"$EXPORTS"
if [[ -n "$EXPORT_JSON" ]]; then arguments+=(-); fi

# Shell variables from here on: promobot and what it starts have no business with them.
export -n EXPORTS EXPORT_JSON AUTO_APPLY_MODE OUTPUT_DIR LIVE_OVERRIDES_PATH FORGE DRY_RUN RECONSIDER NOW REPO BASE POLICY FORMAT

# -P and PYTHONPATH: modules come from the action's own commit, never from the workspace.
promobot() { PYTHONPATH="$root" PYTHONDONTWRITEBYTECODE=1 "$RUNNER_TEMP/promobot-venv/bin/python" -P -m promobot "$@"; }

# The export is untrusted, and the runner takes any printed line for a command that looks like one. promobot escapes
# what it prints; beside that, the runner obeys nothing until it hears the unguessable word. Standard error joins
# standard output, so that nothing can arrive after the word. Then come promobot's own annotations, by their exact
# form: whatever might pass for one could only be one more annotation. A carriage return ends a line for the runner.
word="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
annotation='^::(error|warning) title=promobot::'
export_file="$RUNNER_TEMP/promobot-export"
log="$RUNNER_TEMP/promobot-log"
printf '%s' "$EXPORT_JSON" >"$export_file"
code=0
echo "::stop-commands::$word"
promobot propose "${arguments[@]}" <"$export_file" 2>&1 | tee "$log" | sed -u -E "/$annotation/d" || code=$?
echo
echo "::$word::"
tr '\r' '\n' <"$log" | grep -E "$annotation" || true
rm -f "$export_file" "$log"
exit "$code"

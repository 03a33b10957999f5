#!/usr/bin/env bash
# Brings the event's commits and the refusals into the checkout's object store, and says on which commit to judge.
# BASE_BRANCH is a pull request's (else empty), BASE_COMMIT a merge group's, HEAD_COMMIT either's; TOKEN may be empty.
# Output `base`: the tip of the base branch as it is now, not as the event has it, which may be days old. Empty where
# the event has no base branch. Exit code 2 for names that are none, 5 where fetching failed.
set -euo pipefail
cd -- "$REPO"

fail() { echo "::error title=promobot::$2" && exit "$1"; }

# With no event of these kinds nothing is fetched: base and head are then given, and must be there.
[[ -n "$HEAD_COMMIT" ]] || exit 0
id='^([0-9a-f]{40}|[0-9a-f]{64})$'
wanted=()
for commit in "$HEAD_COMMIT" ${BASE_COMMIT:+"$BASE_COMMIT"}; do
  [[ "$commit" =~ $id ]] || fail 2 "the event names no commit"
  wanted+=("$commit")
done
tip="refs/remotes/origin/$BASE_BRANCH"
if [[ -n "$BASE_BRANCH" ]]; then
  git check-ref-format "refs/heads/$BASE_BRANCH" || fail 2 "the event names no branch"
  wanted+=("+refs/heads/$BASE_BRANCH:$tip")
fi
# A pattern, because git fails where a ref is wanted by name and not there.
wanted+=("+refs/heads/promobot-ledger*:refs/remotes/origin/promobot-ledger*")

# The token goes through the environment of this one git: no command line, no file, no other host. The empty value
# clears a header that checkout may have left, as two of them are refused.
url="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git"
settings=("credential.helper=" "core.hooksPath=/dev/null" "http.$url.followRedirects=false" "http.$url.extraheader=")
if [[ -n "$TOKEN" ]]; then
  settings+=("http.$url.extraheader=Authorization: Basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')")
fi
fetch() (
  count=${GIT_CONFIG_COUNT:-0}
  # A setting is told from its value by the first `=`, which no URL of a forge holds.
  for setting in "${settings[@]}"; do
    export "GIT_CONFIG_KEY_$count=${setting%%=*}" "GIT_CONFIG_VALUE_$count=${setting#*=}"
    count=$((count + 1))
  done
  export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=$count
  exec git fetch --quiet --no-tags --no-recurse-submodules --no-write-fetch-head --no-auto-maintenance \
    --end-of-options "$url" "${wanted[@]}"
)
for pause in 2 5 ""; do
  if fetch; then break; fi
  [[ -n "$pause" ]] || fail 5 "base and head could not be fetched; run this job again, or give it contents: read"
  sleep "$pause"
done

if [[ -n "$BASE_BRANCH" ]]; then
  echo "base=$(git rev-parse --verify --end-of-options "$tip^{commit}")" >>"$GITHUB_OUTPUT"
fi

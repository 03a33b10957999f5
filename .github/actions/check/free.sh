#!/bin/sh
# Passes a pull request that surely touches nothing protected, by git alone, as `promobot check` would; in every doubt
# it leaves the answer to that. BASE and HEAD are commits, GROUP is empty but for a merge queue, FORMAT and REPO are the
# action's inputs. Output `answered`: true or false. What is protected, and why a name may pass for another, stands in
# promobot/core/gate/protected.py; how the merge is kept from everybody's settings, in promobot/adapters/merged_tree.
# Plain sh, few processes: it is to cost no more than three `git diff --stat`.
set -euf
# git's words may quote names of the head, and the runner reads commands from both streams.
exec 2>/dev/null
export LC_ALL=C
newline='
'

leave() {
  echo "answered=false" >>"$GITHUB_OUTPUT"
  echo "Plain git cannot tell; promobot is asked."
  exit 0
}
is_id() {
  case "$1" in *[!0-9a-f]*) return 1 ;; esac
  [ "${#1}" = 40 ]
}
trimmed() { line="${1#"${1%%[! ]*}"}"; }

is_id "$BASE" && is_id "$HEAD" && [ -z "$GROUP" ] && [ "$FORMAT" = text ] || leave
cd -- "$REPO" && [ -d .git/objects ] && [ ! -e .git/shallow ] || leave
objects="$PWD/.git/objects"
case "$objects" in *"$newline"*) leave ;; esac

# Objects alone count: nobody's settings, replaced objects, grafts or other places.
unset GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_NAMESPACE \
  GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_ATTR_SOURCE GIT_SHALLOW_FILE GIT_REPLACE_REF_BASE
export GIT_DIR=.git GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_OPTIONAL_LOCKS=0 \
  GIT_ATTR_NOSYSTEM=1 GIT_NO_REPLACE_OBJECTS=1 GIT_GRAFT_FILE=/dev/null GIT_NO_LAZY_FETCH=1

# All that git has to say of the commits before the merge, in one call; the policy of the base comes last.
told=$(
  git cat-file --batch-command <<END
info $HEAD^{tree}
info $HEAD~1
info $HEAD~2
info $HEAD~3
info $HEAD~4
info $HEAD~5
info $HEAD~6
info $HEAD~7
info $HEAD~8
info $HEAD~9
info $HEAD^2
contents $BASE:config/promobot.toml
END
) || leave
case "$told" in *" blob "*) ;; *) leave ;; esac
commits="${told%% blob *}"
policy="${told#*" blob "}"
head_tree="${commits%% *}"
is_id "$head_tree" && is_id "${commits##*"$newline"}" || leave

# Where the policy says that things lie, beside the defaults. Only its plainest form is understood: no line may belong
# to a string of several lines, [paths] is a table of plain strings, and the word stands nowhere else.
places="config/promobot.toml config/live_overrides/auto.toml config/config.toml reports/live_promotion"
places="$places .github .gitmodules .mailmap codeowners docs/codeowners"
inside=no
IFS="$newline"
for line in ${policy#*"$newline"}; do
  trimmed "$line"
  case "$line" in
    "" | "#"*) ;;
    *[!\ -~]* | *\\* | *'"""'* | *"'''"*) leave ;;
    "[paths]" | "[paths] "*) inside=yes ;;
    *paths*) leave ;;
    "["*) inside=no ;;
    *)
      [ "$inside" = yes ] || continue
      name="${line%%[!a-z_]*}"
      case "$name" in exports | reports | live_overrides | base_config) ;; *) leave ;; esac
      trimmed "${line#"$name"}"
      case "$line" in "="*) trimmed "${line#=}" ;; *) leave ;; esac
      case "$line" in '"'*'"'*) line="${line#?}" ;; *) leave ;; esac
      path="${line%%\"*}"
      trimmed "${line#*\"}"
      case "$line" in "" | "#"*) ;; *) leave ;; esac
      case "/$path/" in *[!a-z0-9/_.-]* | *./* | *//*) leave ;; esac
      [ "$name" = exports ] || places="$places $path"
      ;;
  esac
done

# The merge. A step forward, as most are where branches must be up to date, makes the head's own tree. Otherwise git
# merges in a repository without settings, attributes or refs, which goes with the job.
tree="$HEAD"
case "$newline$commits" in
  *"$newline$BASE commit "*) ;;
  *)
    GIT_DIR="$RUNNER_TEMP/promobot-free.git"
    mkdir -p "$GIT_DIR/objects/info" "$GIT_DIR/refs" && echo "$objects" >"$GIT_DIR/objects/info/alternates" &&
      printf '[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tattributesFile = /dev/null\n' >"$GIT_DIR/config" &&
      echo "ref: refs/heads/nothing" >"$GIT_DIR/HEAD" || leave
    tree=$(git merge-tree --write-tree --no-messages --end-of-options "$BASE" "$HEAD") && is_id "$tree" || leave
    # A longer way forward makes the head's tree, too; one that git had to mend on the way is none to pass unseen.
    if [ "$tree" != "$head_tree" ]; then
      since=$(git merge-base --all --end-of-options "$BASE" "$HEAD") && is_id "$since" && [ "$since" != "$BASE" ] || leave
    fi
    ;;
esac
touched=$(
  git diff-tree -r --name-only --no-renames --no-relative --no-ext-diff --no-textconv --ignore-submodules=none \
    --end-of-options "$BASE" "$tree"
) || leave

# git quotes what is not plain ASCII, and a quote is no plain letter. A dot at a name's end counts for nothing on some
# file systems, and large letters for small ones.
touched="$newline$touched$newline"
case "$touched" in *[!A-Za-z0-9/_."$newline"-]* | *./* | *."$newline"* | *//*) leave ;; esac
case "$touched" in *[A-Z]*) touched="$newline$(printf %s "$touched" | tr A-Z a-z)$newline" || leave ;; esac
case "$touched" in *[/"$newline"].gitattributes"$newline"*) leave ;; esac
IFS=" "
for place in $places; do
  case "$touched" in *"$newline$place"[/"$newline"]*) leave ;; esac
  while [ "$place" != "${place%/*}" ]; do
    place="${place%/*}"
    case "$touched" in *"$newline$place$newline"*) leave ;; esac
  done
done

rest="????????????????????????????"
# shellcheck disable=SC2295 # a pattern: all but the first twelve digits
said="This holds for ${HEAD%$rest} merged into ${BASE%$rest} and for no other base commit."
printf 'ok: may be merged\n%s\n' "$said"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  printf '**promobot check: ok**\n\n\n%s\n' "$said" >>"$GITHUB_STEP_SUMMARY"
fi
echo "answered=true" >>"$GITHUB_OUTPUT"

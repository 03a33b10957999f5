"""Stand-ins for the actions that we do not own: the same inputs and outputs, without the network and the forge."""

from pathlib import Path

APP_TOKEN = "token-of-the-app"

_CHECKOUT = """\
name: checkout of a ref
description: The commit that the ref has on the remote now. act itself stands in where a step names no ref.
inputs:
  ref:
    description: A branch, by its full name or its short one.
    required: true
  fetch-depth:
    description: 1 or, for every branch whole, 0.
    default: "1"
  persist-credentials:
    description: Must be false; nothing is kept here.
    required: true
  token:
    description: Reads the repository, as by default.
    default: ${{ github.token }}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        REF: ${{ inputs.ref }}
        DEPTH: ${{ inputs.fetch-depth }}
        PERSIST: ${{ inputs.persist-credentials }}
        TOKEN: ${{ inputs.token }}
      run: |
        [[ "$PERSIST" == false ]]
        git init --quiet .
        header="Authorization: Basic $(printf 'x-access-token:%s' "$TOKEN" | base64 -w0)"
        fetch() { git -c "http.extraheader=$header" fetch --quiet "$@"; }
        url="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git"
        if [[ "$DEPTH" == 0 ]]; then
          fetch "$url" "+refs/heads/*:refs/remotes/origin/*"
          fetch "$url" "$REF"
        else
          fetch --depth="$DEPTH" "$url" "$REF"
        fi
        git checkout --quiet --force --detach FETCH_HEAD
"""

_SETUP_PYTHON = """\
name: setup-python, as installed
description: The interpreter that runs the tests, in place of a download.
inputs:
  python-version:
    description: Ignored.
  update-environment:
    description: Ignored.
outputs:
  python-path:
    description: The interpreter.
    value: ${{ steps.python.outputs.python-path }}
runs:
  using: composite
  steps:
    - id: python
      shell: bash
      run: echo "python-path=$TEST_PYTHON" >>"$GITHUB_OUTPUT"
"""

_APP_TOKEN = f"""\
name: create-github-app-token, without the forge
description: A fixed token in place of the one a GitHub App would get.
inputs:
  client-id:
    description: Asked for, as by the real one.
    required: true
  private-key:
    description: Asked for, as by the real one.
    required: true
  permission-contents:
    description: Ignored.
  permission-pull-requests:
    description: Ignored.
outputs:
  token:
    description: The token.
    value: ${{{{ steps.token.outputs.token }}}}
runs:
  using: composite
  steps:
    - name: Take the token
      id: token
      shell: bash
      run: |
        echo "::add-mask::{APP_TOKEN}"
        echo "token={APP_TOKEN}" >>"$GITHUB_OUTPUT"
"""

_UPLOAD = """\
name: upload-artifact, into a folder of this machine
description: One file; its artifact's id is empty where there is none.
inputs:
  name:
    description: One artifact a name, as with overwrite.
    required: true
  path:
    description: The file.
    required: true
  if-no-files-found:
    description: Must be warn.
    required: true
  overwrite:
    description: Ignored.
  retention-days:
    description: Ignored.
outputs:
  artifact-id:
    description: The artifact's number.
    value: ${{ steps.upload.outputs.artifact-id }}
runs:
  using: composite
  steps:
    - id: upload
      shell: bash
      env:
        NAME: ${{ inputs.name }}
        FILE: ${{ inputs.path }}
        IF_NONE: ${{ inputs.if-no-files-found }}
      run: |
        [[ "$IF_NONE" == warn ]]
        if [[ ! -f "$FILE" ]]; then echo "::warning::No files were found with the path $FILE" && exit 0; fi
        id="4711-$NAME"
        mkdir -p "ARTIFACTS/$id"
        cp -L "$FILE" "ARTIFACTS/$id/"
        echo "artifact-id=$id" >>"$GITHUB_OUTPUT"
"""

_DOWNLOAD = """\
name: download-artifact, from a folder of this machine
description: By its id alone; fails where there is no such artifact.
inputs:
  artifact-ids:
    description: One id.
    required: true
  path:
    description: Where the artifact's files go.
    required: true
runs:
  using: composite
  steps:
    - shell: bash
      env:
        ID: ${{ inputs.artifact-ids }}
        FOLDER: ${{ inputs.path }}
      run: |
        [[ -n "$ID" ]]
        mkdir -p "$FOLDER"
        cp -R "ARTIFACTS/$ID/." "$FOLDER"
"""

_STUBS = {
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1": _CHECKOUT,
    "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97": _SETUP_PYTHON,
    "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3": _APP_TOKEN,
    "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f": _UPLOAD,
    "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c": _DOWNLOAD,
}


def stub_actions(folder: Path, *, artifacts_expire: bool = False) -> dict[str, Path]:
    """Write the stand-ins below `folder`, artifacts too; by name and ref, for `run_workflow`.

    With `artifacts_expire` an artifact is gone before anybody fetches it.
    """
    stubs = {}
    for name, text in _STUBS.items():
        stubs[name] = folder / name.partition("@")[0].rpartition("/")[2]
        stubs[name].mkdir(parents=True, exist_ok=True)
        kept = "gone" if artifacts_expire and text is _DOWNLOAD else "artifacts"
        (stubs[name] / "action.yml").write_text(text.replace("ARTIFACTS", str(folder / kept)), encoding="utf-8")
    return stubs

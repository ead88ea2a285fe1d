#!/bin/sh
# note.sh add TEXT | find WORD | week
set -eu

folder="${NOTES_DIR:-notes}"
mkdir -p "$folder"

case "${1:-}" in
  add)
    shift
    printf -- '- %s %s\n' "$(date +%H:%M)" "$*" >>"$folder/$(date +%F).md"
    ;;
  find)
    grep -rin -- "${2:?what to look for}" "$folder" | sort -r | head -n 10
    ;;
  week)
    find "$folder" -name '*.md' -mtime -7 | sort | while read -r file; do
      echo "## $(basename "$file" .md)"
      cat "$file"
    done
    ;;
  *)
    echo "usage: note.sh add TEXT | find WORD | week" >&2
    exit 2
    ;;
esac

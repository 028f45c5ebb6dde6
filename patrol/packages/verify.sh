#!/bin/sh
# 核验本证据包。只用系统自带的 sh、sha256sum、openssl 和文字工具，不用任何专用程序，不联网。
# 用法：sh verify.sh        全部相符返回 0，有不符返回 1。
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2
bad=0
wrong() { echo "  不符：$*"; bad=1; }

echo "一、各文件的 SHA-256 摘要"
sha256sum -c --quiet SHA256SUMS || wrong "SHA256SUMS"
find . -type f ! -name SHA256SUMS ! -name SM3SUMS | sed 's|^\./||' | while IFS= read -r file; do
  cut -c67- SHA256SUMS | grep -qxF -- "$file" || echo "$file"
done > "${TMPDIR:-/tmp}/patrol-unlisted.$$"
while IFS= read -r file; do wrong "$file 不在清单中"; done < "${TMPDIR:-/tmp}/patrol-unlisted.$$"
rm -f "${TMPDIR:-/tmp}/patrol-unlisted.$$"

echo "二、各文件的 SM3 摘要（国密）"
cut -c67- SM3SUMS | while IFS= read -r file; do openssl dgst -sm3 -r "$file"; done | cmp -s - SM3SUMS || wrong "SM3SUMS"

# 每行是“本行内容的摘要 空格 本行内容”，内容里的 prev 是上一行的摘要。
linked() {
  last=0000000000000000000000000000000000000000000000000000000000000000
  number=0
  while IFS= read -r line; do
    number=$((number + 1))
    body=${line#?????????????????????????????????????????????????????????????????}
    digest=${line%" $body"}
    [ "$(printf '%s' "$body" | sha256sum | cut -c1-64)" = "$digest" ] || wrong "$1 第 $number 行的摘要"
    case $body in
      "{\"n\":$number,\"prev\":\"$last\","*) ;;
      *) wrong "$1 第 $number 行与上一行接不上" ;;
    esac
    last=$digest
  done < "$1"
}

echo "三、证据链逐行相接"
for chain in evidence/*/chain.txt evidence/custody.txt; do linked "$chain"; done

echo "四、每条证据记录与证据链所载摘要一致"
tab=$(printf '\t')
for folder in evidence/*/; do
  while IFS=$tab read -r sha256 sm3 file offset length number was type id; do
    slice() { tail -c "+$((offset + 1))" "$folder$file" | head -c "$length"; }
    [ "$(slice | sha256sum | cut -c1-64)" = "$sha256" ] || wrong "$folder$file 第 $offset 字节起的记录（SHA-256）"
    [ "$(slice | openssl dgst -sm3 -r | cut -c1-64)" = "$sm3" ] || wrong "$folder$file 第 $offset 字节起的记录（SM3）"
    sed -n "${number}p" "${folder}chain.txt" | grep -F "\"id\":\"$id\"" | grep -F "\"sha256\":\"$sha256\"" |
      grep -qF "\"sm3\":\"$sm3\"" || wrong "$id 不在 ${folder}chain.txt 第 $number 行"
  done < "${folder}records.tsv"
done

echo "五、可信时间戳"
stamps=0
for token in evidence/*/stamps/*.tsr; do
  [ -f "$token" ] || continue
  stamps=$((stamps + 1))
  name=${token##*/}
  number=${name%%-*}
  number=$(printf '%s' "$number" | sed 's/^0*//')
  head=$(sed -n "${number}p" "${token%/stamps/*}/chain.txt" | cut -c1-64)
  openssl ts -verify -digest "$head" -in "$token" -CAfile "${token%.tsr}.pem" > /dev/null 2>&1 || wrong "$token"
done
echo "  时间戳 $stamps 个"

if [ "$bad" = 0 ]; then echo "核验通过：本包各文件、记录与证据链一致"; else echo "核验不通过：见上列各项"; fi
exit "$bad"

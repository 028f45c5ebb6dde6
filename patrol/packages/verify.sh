#!/bin/sh
# 核验本证据包。只用系统自带的 sh、sha256sum、openssl 和文字工具；不联网，不写任何文件，不执行包里的任何内容。
# 用法：sh verify.sh [时间戳机构公布的根证书文件]
# 退出码：0 全部相符；1 有不符；2 未核验（缺工具或读不了，不是说证据有问题，也不是说没有问题）。
LC_ALL=C
export LC_ALL
unset CDPATH
set -f
newline='
'
tab=$(printf '\t')
bad=0
# 包里的名字可能是别人写的：只显示字母、数字、汉字和普通标点。
shown() { printf '%s' "$1" | tr -c 'A-Za-z0-9._/ \200-\277\343-\357-' '?'; }
wrong() { printf '  不符：%s\n' "$(shown "$1")"; bad=1; }
cannot() { printf '未核验：%s\n' "$(shown "$1")"; exit 2; }
finish() {
  if [ "$bad" = 0 ]; then echo "核验通过：本包各文件、记录、证据链和流转记录一致"; else echo "核验不通过：见上列各项"; fi
  exit "$bad"
}
sha256() { sha256sum | cut -c1-64; }
sm3() { openssl dgst -sm3 -r | cut -c1-64; }

for tool in sha256sum openssl cmp cut find grep head sed sort tail tr; do
  command -v "$tool" > /dev/null 2>&1 || cannot "本机没有 $tool"
done
[ "$(printf abc | sha256)" = ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad ] || cannot "本机的 sha256sum 不能用"
[ "$(printf abc | sm3 2> /dev/null)" = 66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0 ] || cannot "本机的 openssl 没有 SM3"
[ "$(printf abcd | tail -c +2 | head -c 2)" = bc ] || cannot "本机的 tail 或 head 不能按字节取"
roots=${1:-}
case $roots in '' | /*) ;; *) roots=$PWD/$roots ;; esac
[ -z "$roots" ] || [ -r "$roots" ] || cannot "根证书文件读不了"
case $0 in */*) cd -- "${0%/*}" || cannot "进不了证据包的文件夹" ;; esac

# 文字文件：不空，没有空字符，末行有换行，每行合乎所说的样式。
formed() {
  [ -f "$1" ] || { wrong "$1 不见了"; return 1; }
  [ -r "$1" ] || cannot "$1 读不了"
  if [ ! -s "$1" ] || ! tr -d '\000' < "$1" | cmp -s - "$1" || [ -n "$(tail -c 1 < "$1")" ]; then
    wrong "$1 是空的、有空字符或末行没有换行"
    return 1
  fi
  grep -qvE -e "$2" < "$1"
  case $? in 0) wrong "$1 有不合格式的行" ;; 1) return 0 ;; *) cannot "本机的 grep 不能用" ;; esac
  return 1
}
hex='[0-9a-f]{64}'
part='[^[:cntrl:] -/:-@[-^`{-~][^[:cntrl:] -,/:-@[-^`{-~]*' # 一级名字：不以点或减号开头，没有空格和符号
patrol='evidence/patrol-[0-9]{6,9}'

echo "一、包内各文件与清单 SHA256SUMS、SM3SUMS 一致"
there=$(find . -type f) || cannot "有读不了的文件夹"
[ -z "$(find . ! -type f ! -type d)" ] || { wrong "包内有链接或特殊文件"; finish; }
[ -z "$(find . -name "*$newline*")" ] || { wrong "有的文件名里有换行"; finish; }
formed SHA256SUMS "^$hex [*]$part(/$part){0,3}\$" || finish
formed SM3SUMS "^$hex [*]$part(/$part){0,3}\$" || finish
names=$(cut -c67- < SHA256SUMS)
listed=$(printf '%s\n' "$names" SHA256SUMS 封面.txt evidence/custody.txt | sort)
there=$(printf '%s\n' "$there" | cut -c3- | sort)
if [ "$there" != "$listed" ]; then
  wrong "包内的文件与清单所列不同"
  printf '%s\n' "$there" | while IFS= read -r name; do
    case $newline$listed$newline in *"$newline$name$newline"*) ;; *) wrong "$name 不在清单中" ;; esac
  done
fi
[ "$(cut -c67- < SM3SUMS)" = "$(printf '%s\n' "$names" | grep -vxF SM3SUMS)" ] || wrong "SM3SUMS 所列与 SHA256SUMS 不同"
for sums in SHA256SUMS SM3SUMS; do
  while IFS= read -r line; do
    name=./${line#* ?}
    [ -f "$name" ] || { wrong "$name 不见了"; continue; }
    [ -r "$name" ] || cannot "$name 读不了"
    if [ "$sums" = SM3SUMS ]; then found=$(sm3 < "$name"); else found=$(sha256 < "$name"); fi
    [ "$found" = "${line%% *}" ] || wrong "$name 与 $sums 不符"
  done < "$sums"
done
printf '%s\n' "$names" | grep '^evidence/' |
  grep -qvE "^$patrol/(chain[.]txt|records[.]tsv|$part[.]warc[.]gz|stamps/[0-9]{6,9}-[A-Za-z0-9._-]+[.](tsr|tsq|pem))\$" &&
  wrong "evidence 里有不属于证据的文件"

# 每行是“本行内容的摘要 空格 本行内容”，内容里的 n 是行号，prev 是上一行的摘要；摘要一律重新计算。
linked() {
  last=0000000000000000000000000000000000000000000000000000000000000000
  lines=0
  body=
  formed "$1" "^$hex [{]\"n\":[1-9][0-9]{0,8},\"prev\":\"$hex\"," || return 1
  while IFS= read -r line; do
    lines=$((lines + 1))
    body=${line#* }
    digest=$(printf '%s' "$body" | sha256)
    [ "$digest" = "${line%% *}" ] || wrong "$1 第 $lines 行的摘要"
    case $body in "{\"n\":$lines,\"prev\":\"$last\","*) ;; *) wrong "$1 第 $lines 行与上一行接不上" ;; esac
    last=$digest
  done < "$1"
}

echo "二、证据链和流转记录逐行相接，证据链所记的流转记录都在"
linked evidence/custody.txt
custody_line=$body custody_lines=$lines custody_head=$last
chains=$(printf '%s\n' "$names" | grep -E "^$patrol/chain[.]txt\$")
patrols=0
for chain in $chains; do
  patrols=$((patrols + 1))
  linked "$chain" || continue
  grep -F '"custody":"' < "$chain" | grep -qvE "^.*\"custody\":\"($hex|)\"" && wrong "$chain 所记的流转记录不成样子"
  for head in $(sed -n 's/.*"custody":"\([0-9a-f]*\)".*/\1/p' < "$chain"); do
    grep -q "^$head " < evidence/custody.txt || wrong "$chain 所记的流转记录不在 evidence/custody.txt 中"
  done
done

# 下面各数在 formed 里已验明只有数字，没有多余的零，也不会太大。
number='(0|[1-9][0-9]{0,14})'
row="^$hex$tab$hex$tab$part[.]warc[.]gz$tab$number$tab[1-9][0-9]{0,14}$tab[1-9][0-9]{0,8}$tab[a-z]+$tab<urn:uuid:[0-9a-f-]{36}>\$"
slice() { tail -c "+$((offset + 1))" < "$folder/$name" | head -c "$length"; }
ended() {
  [ -z "$file" ] || [ -z "$(tail -c "+$((end + 1))" < "$folder/$file" | head -c 1 | sha256 | grep -v ^e3b0c44298fc1c14)" ] ||
    wrong "$folder/$file 末尾有不属于任何记录的字节"
}

echo "三、每条记录与证据链所载一致，记录以外没有别的字节"
records=0
for chain in $chains; do
  folder=${chain%/*}
  file='' end=0 seen=/
  formed "$folder/records.tsv" "$row" || continue
  while IFS=$tab read -r wanted wanted_sm3 name offset length at type id; do
    records=$((records + 1))
    [ -f "$folder/$name" ] || { wrong "$folder/$name 不见了"; continue; }
    if [ "$name" != "$file" ]; then
      ended
      case $seen in *"/$name/"*) wrong "$folder/records.tsv 里 $name 的记录不在一处" ;; esac
      file=$name end=0 seen=$seen$name/
    fi
    place="$folder/$name 第 $offset 字节起"
    [ "$offset" = "$end" ] || wrong "$place 与上一条记录不相接"
    end=$((offset + length))
    [ "$(slice | sha256)" = "$wanted" ] || wrong "$place 的记录与 SHA-256 摘要不符"
    [ "$(slice | sm3)" = "$wanted_sm3" ] || wrong "$place 的记录与 SM3 摘要不符"
    line=$(sed -n "${at}{p;q;}" < "$chain")
    rest=${line#*"{\"type\":\"$type\",\"id\":\"$id\",\"file\":\"$name\",\"offset\":"}
    case ${rest#"${rest%%[!0-9]*}"} in
      ",\"length\":$length,\"sha256\":\"$wanted\",\"sm3\":\"$wanted_sm3\"}"*) ;;
      *) wrong "$place 的记录不在 $chain 第 $at 行" ;;
    esac
  done < "$folder/records.tsv"
  ended
  for name in $(printf '%s\n' "$names" | grep "^$folder/.*[.]warc[.]gz\$"); do
    case $seen in *"/${name##*/}/"*) ;; *) wrong "$name 没有记在 records.tsv 里" ;; esac
  done
done

# 证书文件里自己签发自己的证书（根证书）的指纹。
fingerprints() {
  pem=
  while IFS= read -r line; do
    pem=$pem$line$newline
    case $line in *END*) ;; *) continue ;; esac
    set -- $(printf '%s' "$pem" | openssl x509 -noout -subject_hash -issuer_hash 2> /dev/null)
    [ "${1:-}" != "${2:-}" ] || printf '%s' "$pem" | openssl x509 -noout -fingerprint -sha256 2> /dev/null | sed 's/.*=//'
    pem=
  done < "$1"
}
stamped() { openssl ts -verify -digest "$digest" -in "./$token" "$@" > /dev/null 2>&1; }

echo "四、可信时间戳"
stamps=0
for token in $(printf '%s\n' "$names" | grep '^evidence/.*[.]tsr$'); do
  stamps=$((stamps + 1))
  openssl ts -help > /dev/null 2>&1 || cannot "本机的 openssl 不能核验时间戳"
  pem=${token%.tsr}.pem
  formed "$pem" '^(-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=]{1,76})$' || continue
  at=$(printf '%s' "${token##*/}" | sed 's/-.*//; s/^0*//')
  line=$(sed -n "${at:-1}{p;q;}" < "${token%/stamps/*}/chain.txt")
  digest=$(printf '%s' "${line#* }" | sha256)
  if [ -n "$roots" ]; then set -- -CAfile "$roots" -untrusted "./$pem"; else set -- -CAfile "./$pem"; fi
  if [ -z "$at" ] || [ -z "$line" ]; then
    wrong "$token 所盖的行不存在"
  elif stamped "$@"; then
    :
  elif stamped "$@" -no_check_time; then
    echo "  说明：签发时间戳的证书现已过期，请核对其有效期包含时间戳所载时间"
  else
    wrong "$token 不成立"
  fi
  printf '  第 %s 行，时间 %s\n' "$at" "$(shown "$(openssl ts -reply -in "./$token" -text 2> /dev/null | sed -n 's/^Time stamp: //p' | tr : .)")"
  [ -n "$roots" ] || printf '  包内所附根证书指纹（须与时间戳机构公布的一致）：%s\n' "$(fingerprints "$pem")"
done
[ "$stamps" != 0 ] || echo "  没有时间戳：本包之外没有东西证明证据链不是后来重做的，只能核对彼此是否一致"

echo "五、清单与流转记录、封面一致"
[ "$patrols" != 0 ] || wrong "没有一次巡查的证据链"
[ "$records" != 0 ] || wrong "没有一条证据记录"
manifest=$(sha256 < SHA256SUMS)
case $custody_line in
  *",\"facts\":{\"manifest\":\"$manifest\",\"patrols\":$patrols,\"records\":$records,\"stamps\":$stamps}}") ;;
  *) wrong "evidence/custody.txt 末条所记的清单摘要或件数与本包不符" ;;
esac
leads=$(printf '%s\n' "$custody_line" | sed -n 's/.*"leads":\[\([^]]*\)\].*/\1/p' | tr -d '"')
printf '%s\n' 证据包封面 "线索：$leads" "巡查 $patrols 次，记录 $records 条，时间戳 $stamps 个" \
  "清单 SHA256SUMS 的 SHA-256 摘要：" "$manifest" "证据流转记录第 $custody_lines 条的摘要：" "$custody_head" \
  执法人员签名： 日期： | cmp -s - 封面.txt || wrong "封面.txt 与本包不符"
printf '  巡查 %s 次，记录 %s 条，时间戳 %s 个\n' "$patrols" "$records" "$stamps"
printf '  清单摘要（须与书面封面一致）：%s\n' "$manifest"
finish

# Types a line into an interactive zsh on a terminal of its own, presses Tab, and prints what it offers, a word per line.
# Usage: zsh -f zsh-complete.zsh <completion script> <line>

zmodload zsh/zpty
setup=$(mktemp)
cat > $setup <<SETUP
PROMPT=
autoload -Uz compinit && compinit -u -D
source $1
bindkey '^I' complete-word
zstyle ':completion:*' list-grouped false
compadd() {
  local -a __hits
  builtin compadd -A __hits "\$@"
  print -rl -- "<hit>"\${^__hits}"</hit>"
}
comppostfuncs=(finish)
finish() { print "<end>" }
print "<ready>"
SETUP

zpty z zsh -f -i
zpty -w z "source $setup"
buffer=''
while zpty -r z line; do
  buffer+=$line
  [[ $buffer == *'<ready>'* ]] && break
done
zpty -w -n z "$2"$'\t'
buffer=''
while zpty -r z line; do
  buffer+=$line
  [[ $buffer == *'<end>'* ]] && break
done
zpty -d z
rm -f $setup
print -r -- $buffer | tr -d '\r' | sed -n 's/.*<hit>\(.*\)<\/hit>.*/\1/p' | sort -u

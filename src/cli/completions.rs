//! `ufsync completions`

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;

use super::exit::{Exit, Failure};
use super::ui::Ui;

/// The variable by which the script of a shell asks what to offer. It holds the shell's name.
pub(super) const ASKED: &str = "UFSYNC_COMPLETE";

/// bash breaks words at `@`, `:` and `=` too: they are put together before they are completed, and what bash has already is left
/// out of the answer.
const BASH_WORDS: &str = r#"
_ufsync() {
    local line=${COMP_LINE:0:COMP_POINT} word=$2
    local -a COMP_WORDS
    read -ra COMP_WORDS <<< "$line"
    if [[ $line == *[[:space:]] ]]; then COMP_WORDS+=(""); fi
    local COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    local whole=${COMP_WORDS[COMP_CWORD]}
    _clap_complete_ufsync "$1" "$whole" "$3"
    COMPREPLY=("${COMPREPLY[@]#"${whole%"$word"}"}")
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _ufsync ufsync
else
    complete -o nospace -o bashdefault -F _ufsync ufsync
fi
"#;

/// Print a completion script for a shell
///
/// It completes commands and options, and users, tenants, roles and groups of the manifest.
///
/// In ~/.bashrc:
///   source <(ufsync completions bash)
/// In ~/.zshrc, below `compinit`:
///   source <(ufsync completions zsh)
/// Once, for fish:
///   ufsync completions fish > ~/.config/fish/completions/ufsync.fish
/// In ~/.config/elvish/rc.elv:
///   eval (ufsync completions elvish | slurp)
/// In $PROFILE of PowerShell:
///   ufsync completions powershell | Out-String | Invoke-Expression
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    ui.result(|out| {
        let name = args.shell.to_string();
        if let Some(shell) = Shells::builtins().completer(&name) {
            shell.write_registration(ASKED, "ufsync", "ufsync", "ufsync", out)?;
        }
        if args.shell == Shell::Bash {
            out.write_all(BASH_WORDS.as_bytes())?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

//! A page of Markdown on a terminal.

use termimad::MadSkin;

/// The page in lines of at most so many columns.
pub(crate) fn laid_out(page: &str, columns: usize, is_plain: bool) -> String {
    let skin = if is_plain {
        MadSkin::no_style()
    } else {
        MadSkin::default()
    };
    skin.text(&joined(page), Some(columns)).to_string()
}

/// Every paragraph and every item of a list as one line: in Markdown a line ends where its author pressed a key.
fn joined(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut is_code = false;
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        let begins = |sign: char| line.starts_with(sign);
        let is_item = line.trim_start().starts_with(['-', '*'])
            || line
                .split_once(". ")
                .is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        let goes_on =
            !(is_code || is_fence || is_item || line.is_empty() || begins('|') || begins('#'));
        // After a paragraph or an item, that is.
        let follows = text.lines().next_back().is_some_and(|last| {
            !(last.is_empty() || last.starts_with(['|', '#']) || last.starts_with("```"))
        });
        if goes_on && follows {
            text.truncate(text.trim_end().len());
            text.push(' ');
            text.push_str(line.trim_start());
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_items_are_laid_out_and_code_is_left() {
        let page = "\
# A page

One paragraph
in two lines.

- an item
  in two lines
- another

```sh
one
two
```

| a | b |
|---|---|
| c | d |
";
        let text = laid_out(page, 30, true);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for expected in [
            "A page",
            "One paragraph in two lines.",
            "• an item in two lines",
            "• another",
            "one",
            "two",
        ] {
            assert!(lines.contains(&expected), "{expected}: {text}");
        }
        assert!(text.contains('│'), "{text}");
        for columns in [20, 60, 100] {
            for page in crate::guide::PAGES {
                let text = laid_out(page.text, columns, true);
                assert!(
                    text.lines().all(|line| line.chars().count() <= columns),
                    "{text}"
                );
            }
        }
    }
}

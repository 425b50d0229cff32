//! Files → [`Desired`]: all the stages in their order, and everything that they find.

use jiff::Timestamp;

use crate::manifest::merge::restricted_record;
use crate::manifest::merge::restrictions;
use crate::manifest::merge::restrictions::Part;
use crate::manifest::merge::vars;
use crate::manifest::merge::vars::{Replacer, Vars};
use crate::manifest::merge::{api_key, merge_files, overlay, overlay_header};
use crate::manifest::syntax::{ignored, parse};
use crate::manifest::text::{source, tree};
use crate::manifest::{Finding, Findings, ManifestError, resolve};
use crate::model::{Desired, Origin, SourceId, Sources};

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, as messages show it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Everything that makes up a manifest.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The files; all of them are one manifest.
    pub files: Vec<File>,
    /// Patches to it, in their order.
    pub overlays: Vec<File>,
    /// The values of `${…}`.
    pub vars: Vars,
    /// The moment at which grants have ended or not; without one, none has.
    pub now: Option<Timestamp>,
}

impl Input {
    /// The texts of its files.
    pub fn texts(&self) -> Vec<String> {
        let texts = self.files.iter();
        texts
            .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
            .collect()
    }

    /// The same, with other texts in its files.
    #[must_use]
    pub fn with_texts(&self, texts: &[String]) -> Self {
        let mut again = self.clone();
        for (file, text) in again.files.iter_mut().zip(texts) {
            file.bytes = text.clone().into_bytes();
        }
        again
    }
}

/// Reads, unites, patches and checks all the files of a run.
///
/// # Errors
/// Everything that is wrong with them, where at least one finding is an error. Otherwise the warnings come with the result.
pub fn load(mut input: Input) -> Result<(Desired, Findings), Findings> {
    let mut sources = Sources::default();
    let mut findings = Vec::new();
    let mut readable = Vec::new();
    let overlays_from = input.files.len();
    for (index, file) in input.files.into_iter().chain(input.overlays).enumerate() {
        let id = SourceId(u32::try_from(index).unwrap_or(u32::MAX));
        let (source, broken) = source::decode(file.name, file.bytes, id);
        sources.add(source);
        match broken {
            Some(finding) => findings.push(finding),
            None => readable.push((id, index >= overlays_from)),
        }
    }
    let (mut files, mut overlays) = (Vec::new(), Vec::new());
    let mut trees = Vec::new();
    for (id, is_overlay) in readable {
        let Some(source) = sources.get(id) else {
            continue;
        };
        let Some(mut tree) = tree::read(&source.text, id, &mut findings) else {
            continue;
        };
        let anchors_only = ignored::take_out(&mut tree);
        let mut vars_at = None;
        if is_overlay {
            if api_key::may_hold_key(&source.text) {
                api_key::check(&tree, &mut findings);
            }
            let (values, place) = overlay_header::take_out(&mut tree, &mut findings);
            input.vars.add(values);
            vars_at = place;
        }
        if api_key::may_hold_key(&source.text) {
            for node in &anchors_only {
                api_key::check(node, &mut findings);
            }
        }
        trees.push((source, tree, is_overlay, vars_at));
    }
    let vars_may_hold_key = input.vars.values().any(api_key::may_hold_key);
    let mut replacer = Replacer::new(&input.vars);
    for (source, tree, ..) in &mut trees {
        if vars::may_be_in(&source.text) {
            replacer.substitute_all(tree, &mut findings);
        }
    }
    let parts: Vec<Part<'_, '_>> = trees
        .iter()
        .map(|(source, root, is_overlay, vars)| Part {
            name: &source.name,
            is_overlay: *is_overlay,
            vars: *vars,
            root,
        })
        .collect();
    let restricted = restrictions::check(&parts, &mut findings);
    for (source, mut tree, is_overlay, _) in trees {
        if vars_may_hold_key || api_key::may_hold_key(&source.text) {
            api_key::check(&tree, &mut findings);
        }
        if is_overlay {
            overlays.push(tree);
        } else {
            if let Some(records) = restricted.records.get(&tree.origin.source) {
                restricted_record::complete(&mut tree, records);
            }
            files.push(tree);
        }
    }
    let incomplete = findings.iter().any(Finding::is_error);
    let mut united = merge_files::unite(files, &mut findings);
    if let Some(united) = &mut united {
        for tree in overlays {
            if let Some(rights) = restricted.rights.get(&tree.origin.source) {
                overlay::refuse_replaced(united, &tree, &rights.file, &mut findings);
            }
            overlay::patch(united, tree, &mut findings);
        }
    }
    let manifest = united
        .map(|root| parse::parse(root, &mut findings))
        .unwrap_or_default();
    if manifest.version.is_none() && !incomplete {
        findings.push(Finding::new(
            ManifestError::MissingVersion,
            Origin::default(),
        ));
    }
    let (mut desired, findings) = resolve::resolve(manifest, sources, findings)?;
    desired.restricted = restricted.rights;
    if let Some(now) = input.now {
        desired.end(now);
    }
    Ok((desired, findings))
}

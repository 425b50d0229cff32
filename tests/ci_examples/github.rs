//! A runner for the workflows of GitHub Actions, as far as the examples use them. What it does not know, it refuses.

use std::collections::BTreeMap;
use std::fs;

use serde_yaml::Value;

use super::machine::{Ended, Env, Machine, entries, example, text};

/// What GitHub knows when it starts a run: the values of expressions, by their text.
pub(super) type Contexts = BTreeMap<&'static str, String>;

/// A run of a workflow.
pub(super) struct Workflow<'m> {
    machine: &'m Machine,
    file: Value,
    contexts: Contexts,
    /// The outputs of the jobs that have run, by `needs.JOB.outputs.NAME`.
    outputs: BTreeMap<String, String>,
}

/// How a job ended.
#[must_use]
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) skipped: bool,
    /// The step that failed, and its code.
    pub(super) failed: Option<(String, i32)>,
    pub(super) log: String,
    pub(super) summary: String,
}

/// A job while it runs.
struct Running<'w> {
    definition: &'w Value,
    job: Job,
    steps: BTreeMap<String, String>,
    /// The inputs of the composite action that runs, by `inputs.NAME`.
    inputs: BTreeMap<String, String>,
}

impl Job {
    /// The same job, checked to have gone well.
    pub(super) fn passes(self) -> Self {
        assert!(!self.skipped && self.failed.is_none(), "{self:?}");
        self
    }

    /// The same job, checked to have failed in this step, with this code.
    pub(super) fn fails(self, step: &str, code: i32) -> Self {
        assert_eq!(self.failed, Some((step.to_owned(), code)), "{}", self.log);
        self
    }

    /// The same job, checked to have written this into its log.
    pub(super) fn says(self, text: &str) -> Self {
        assert!(self.log.contains(text), "`{text}` is not in\n{}", self.log);
        self
    }

    /// For jobs of which nothing more is to be known.
    pub(super) fn done(self) {
        drop(self);
    }
}

impl<'m> Workflow<'m> {
    /// A run of a file of `examples/ci/github`.
    pub(super) fn start(machine: &'m Machine, file: &str, contexts: &Contexts) -> Self {
        Self {
            machine,
            file: example(&format!("github/{file}")),
            contexts: contexts.clone(),
            outputs: BTreeMap::new(),
        }
    }

    /// Runs one of its jobs on a machine that is as good as new.
    pub(super) fn job(&mut self, name: &str) -> Job {
        let definition = self.file["jobs"][name].clone();
        let mut running = Running {
            definition: &definition,
            job: Job::default(),
            steps: BTreeMap::new(),
            inputs: BTreeMap::new(),
        };
        if let Some(condition) = definition["if"].as_str()
            && !self.holds(condition, &running)
        {
            running.job.skipped = true;
            return running.job;
        }
        self.machine.start_job();
        for step in definition["steps"].as_sequence().unwrap() {
            self.step(step, &mut running);
        }
        for (output, value) in entries(&definition["outputs"]) {
            let value = self.fill(&text(value), &running);
            self.outputs
                .insert(format!("needs.{name}.outputs.{output}"), value);
        }
        running.job
    }

    fn step(&self, step: &Value, running: &mut Running) {
        let condition = step["if"].as_str().unwrap_or_default();
        let condition = condition
            .trim_start_matches("${{")
            .trim_end_matches("}}")
            .trim();
        let always = condition.contains("cancelled()");
        let starts = (always || running.job.failed.is_none())
            && (condition.is_empty() || self.holds(condition, running));
        let id = step["id"].as_str();
        let mut outcome = "skipped";
        if starts {
            let ended = match step["uses"].as_str() {
                Some(action) if action.starts_with("./") => self.composite(action, step, running),
                Some(_) => self.action(step, running),
                None => self.script(step, running),
            };
            outcome = if ended.code == 0 {
                "success"
            } else {
                "failure"
            };
            running.job.log.push_str(&ended.output);
            if ended.code != 0 && running.job.failed.is_none() {
                let name = step["name"].as_str().or(step["uses"].as_str()).unwrap();
                running.job.failed = Some((name.to_owned(), ended.code));
            }
        }
        if let Some(id) = id {
            running
                .steps
                .insert(format!("steps.{id}.outcome"), outcome.to_owned());
        }
    }

    /// Runs the steps of an action that stands in the repository.
    fn composite(&self, action: &str, step: &Value, running: &mut Running) -> Ended {
        let path = format!("workspace/{action}/action.yml");
        let action: Value = serde_yaml::from_str(&self.machine.read(&path)).unwrap();
        assert_eq!(action["runs"]["using"], "composite");
        let inputs = entries(&action["inputs"]).map(|(name, input)| {
            let given = &step["with"][name];
            let value = if given.is_null() {
                &input["default"]
            } else {
                given
            };
            (format!("inputs.{name}"), self.fill(&text(value), running))
        });
        let mut inside = Running {
            definition: running.definition,
            job: Job::default(),
            steps: BTreeMap::new(),
            inputs: inputs.collect(),
        };
        for step in action["runs"]["steps"].as_sequence().unwrap() {
            assert!(step["uses"].is_string() || step["shell"] == "bash");
            self.step(step, &mut inside);
        }
        Ended {
            code: inside.job.failed.map_or(0, |(_, code)| code),
            output: inside.job.log,
        }
    }

    fn script(&self, step: &Value, running: &mut Running) -> Ended {
        let default = &self.file["defaults"]["run"]["shell"];
        assert!(step["shell"] == "bash" || default == "bash");
        let script = step["run"].as_str().unwrap();
        assert!(
            !script.contains("${{"),
            "a value is pasted into a script:\n{script}"
        );
        let files = ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"].map(|name| {
            let path = self.machine.path(&format!("temp/{name}"));
            fs::write(&path, "").unwrap();
            (name.to_owned(), path.to_str().unwrap().to_owned())
        });
        let mut env = Env::from(files);
        let temp = self.machine.path("temp").to_str().unwrap().to_owned();
        env.insert("GITHUB_PATH".to_owned(), format!("{temp}/GITHUB_PATH"));
        env.insert("RUNNER_TEMP".to_owned(), temp);
        env.insert("GITHUB_REPOSITORY".to_owned(), "acme/people".to_owned());
        for layer in [&self.file["env"], &running.definition["env"], &step["env"]] {
            for (name, value) in entries(layer) {
                env.insert(name.to_owned(), self.fill(&text(value), running));
            }
        }
        self.machine.settle(&mut env);
        assert!(
            !(env.contains_key("USERFRONT_API_KEY") && env.contains_key("GH_TOKEN")),
            "a manifest could print the token"
        );
        // The flags that GitHub documents for `shell: bash`.
        let shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];
        let ended = self.machine.run(&shell, script, &env);
        running.job.summary += &self.machine.read("temp/GITHUB_STEP_SUMMARY");
        if let Some(id) = step["id"].as_str() {
            for line in self.machine.read("temp/GITHUB_OUTPUT").lines() {
                let (name, value) = line.split_once('=').unwrap();
                let name = format!("steps.{id}.outputs.{name}");
                running.steps.insert(name, value.to_owned());
            }
        }
        ended
    }

    /// What an action does, with folders of the machine for GitHub's stores.
    fn action(&self, step: &Value, running: &mut Running) -> Ended {
        let (action, commit) = step["uses"].as_str().unwrap().split_once('@').unwrap();
        assert!(
            commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{action} is not pinned"
        );
        let with = &step["with"];
        let path = with["path"].as_str().unwrap_or_default();
        let name = with["name"].as_str().unwrap_or_default();
        let artifact = |path: &str| format!("record/artifacts/{name}/{path}");
        let found = match action {
            "actions/checkout" => {
                assert_eq!(with["persist-credentials"], false);
                self.machine
                    .check_out(with["fetch-depth"].as_u64().unwrap_or(1));
                true
            }
            "actions/cache/save" if path.starts_with('~') => {
                let key = self.fill(&text(&with["key"]), running);
                self.machine.save(path, &key);
                true
            }
            "actions/cache/restore" if path.starts_with('~') => {
                let key = self.fill(&text(&with["key"]), running);
                let id = step["id"].as_str().unwrap();
                let hit = self.machine.restore(path, &key).to_string();
                let output = format!("steps.{id}.outputs.cache-hit");
                running.steps.insert(output, hit);
                true
            }
            "actions/cache/save" => {
                assert!(text(&with["key"]).starts_with("ufsync-snapshot-${{ github.run_id }}"));
                self.machine.copy(
                    &format!("workspace/{path}"),
                    &format!("record/cache/{path}"),
                )
            }
            "actions/cache/restore" => {
                assert_eq!(with["restore-keys"], "ufsync-snapshot-");
                assert_eq!(with["fail-on-cache-miss"], true);
                self.machine.copy(
                    &format!("record/cache/{path}"),
                    &format!("workspace/{path}"),
                )
            }
            "actions/upload-artifact" => {
                let days = with["retention-days"].as_u64().unwrap();
                assert!(days <= 7, "it holds personal data");
                self.machine
                    .copy(&format!("workspace/{path}"), &artifact(path))
            }
            "actions/download-artifact" => {
                let files = fs::read_dir(self.machine.path(&artifact(""))).unwrap();
                let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
                files.into_iter().all(|file| {
                    self.machine
                        .copy(&artifact(&file), &format!("workspace/{file}"))
                })
            }
            other => panic!("this runner has no action {other}"),
        };
        Ended {
            code: i32::from(!found),
            output: format!("{action} {path}\n"),
        }
    }

    /// Whether a condition holds: comparisons and `!cancelled()`, all of them.
    fn holds(&self, condition: &str, running: &Running) -> bool {
        condition.split("&&").map(str::trim).all(|part| {
            if part == "!cancelled()" {
                return true;
            }
            let compare = |operator| part.split_once(operator);
            if let Some((left, right)) = compare(" == ") {
                return self.value(left, running) == self.value(right, running);
            }
            let (left, right) = compare(" != ").expect("a comparison");
            self.value(left, running) != self.value(right, running)
        })
    }

    /// A text with the values of its expressions.
    fn fill(&self, text: &str, running: &Running) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            filled = filled + &self.value(expression.trim(), running) + rest;
        }
        filled
    }

    /// The value of an expression. The admin key is there for a job in its environment alone.
    fn value(&self, expression: &str, running: &Running) -> String {
        if let Some(literal) = expression.strip_prefix('\'') {
            return literal.trim_end_matches('\'').to_owned();
        }
        if expression == "secrets.USERFRONT_ADMIN_KEY" {
            let environment = running.definition["environment"].as_str();
            assert!(matches!(environment, Some("userfront" | "userfront-ended")));
        }
        let known = running
            .steps
            .get(expression)
            .or_else(|| running.inputs.get(expression))
            .or_else(|| self.outputs.get(expression));
        let known = known.or_else(|| self.contexts.get(expression));
        match known {
            Some(value) => value.clone(),
            // An output that no step has set is empty.
            None if expression.contains(".outputs.") => String::new(),
            // Nor is a variable that the repository does not have.
            None if expression.starts_with("vars.") => String::new(),
            None => panic!("nobody knows what `{expression}` is here"),
        }
    }
}

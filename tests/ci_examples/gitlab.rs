//! A runner for GitLab CI, as far as the example uses it. What it does not know, it refuses.

use serde_yaml::Value;

use super::machine::{Env, Machine, entries, example, text};

/// A project of GitLab, or a fork of one.
pub(super) struct GitLab<'m> {
    machine: &'m Machine,
    file: Value,
    /// Variables that are there for jobs of one environment alone: environment, name, value.
    pub(super) scoped: Vec<(&'static str, &'static str, String)>,
}

/// How a job ended: its name, its code and its log.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) code: i32,
    pub(super) log: String,
}

impl<'m> GitLab<'m> {
    pub(super) fn new(machine: &'m Machine) -> Self {
        Self {
            machine,
            file: example("gitlab/.gitlab-ci.yml"),
            scoped: Vec::new(),
        }
    }

    /// The jobs that a pipeline consists of, in the order of their stages, and whether somebody has to start them.
    pub(super) fn jobs(&self, pipeline: &Env) -> Vec<(String, bool)> {
        let rule = |rules: &Value| {
            let mut rules = rules.as_sequence().unwrap().iter();
            rules
                .find(|rule| holds(rule["if"].as_str().unwrap(), pipeline))
                .cloned()
        };
        assert!(
            rule(&self.file["workflow"]["rules"]).is_some(),
            "there is no pipeline"
        );
        let stages = self.file["stages"].as_sequence().unwrap();
        let mut found = Vec::new();
        for stage in stages {
            for (name, job) in entries(&self.file).filter(|(_, job)| job["stage"] == *stage) {
                if let Some(rule) = rule(&job["rules"]) {
                    found.push((name.to_owned(), rule["when"] == "manual"));
                }
            }
        }
        found
    }

    /// Runs a pipeline, in which everything is started that somebody has to start, until a job fails.
    pub(super) fn run(&self, pipeline: &Env) -> Vec<Job> {
        let mut ended: Vec<Job> = Vec::new();
        for (name, _) in self.jobs(pipeline) {
            let rules = self.file[name.as_str()]["rules"].as_sequence().unwrap();
            let always = rules.iter().any(|rule| rule["when"] == "always");
            if always
                || self
                    .needed(&name)
                    .iter()
                    .all(|needed| ended.iter().any(|job| job.name == *needed && job.code == 0))
            {
                ended.push(self.job(&name, pipeline));
            }
        }
        ended
    }

    fn needed(&self, name: &str) -> Vec<&str> {
        let needs = self.file[name]["needs"].as_sequence();
        needs
            .into_iter()
            .flatten()
            .map(|job| job.as_str().unwrap())
            .collect()
    }

    /// Runs a job on a machine that is as good as new.
    pub(super) fn job(&self, name: &str, pipeline: &Env) -> Job {
        let definition = &self.file[name];
        let or_default = |key: &str| match &definition[key] {
            Value::Null => self.file["default"][key].clone(),
            own => own.clone(),
        };
        self.machine.start_job();
        let project = self.machine.path("workspace").to_str().unwrap().to_owned();
        let fixed = [
            ("CI_PROJECT_DIR", project.as_str()),
            ("CI_API_V4_URL", "https://gitlab.example/api/v4"),
            ("CI_JOB_TOKEN", "job-token"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_SERVER_HOST", "gitlab.example"),
            ("CI_PROJECT_PATH", "acme/people"),
        ];
        let mut env: Env = fixed
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        env.extend(pipeline.clone());
        let base = self.machine.git(&["rev-parse", "HEAD^"]);
        env.insert("CI_MERGE_REQUEST_DIFF_BASE_SHA".to_owned(), base);
        for (name, value) in
            entries(&self.file["variables"]).chain(entries(&definition["variables"]))
        {
            env.insert(name.to_owned(), text(value));
        }
        self.machine.settle(&mut env);
        let environment = definition["environment"]["name"].as_str();
        let scoped = self
            .scoped
            .iter()
            .filter(|(scope, ..)| Some(*scope) == environment);
        env.extend(scoped.map(|(_, name, value)| ((*name).to_owned(), value.clone())));
        if env
            .get("GIT_STRATEGY")
            .is_none_or(|strategy| strategy != "none")
        {
            // The depth that GitLab has for new projects.
            let depth = env
                .get("GIT_DEPTH")
                .map_or(20, |depth| depth.parse().unwrap());
            self.machine.check_out(depth);
        }
        for needed in self.needed(name) {
            for path in artifacts(&self.file[needed]) {
                self.machine.copy(
                    &format!("record/artifacts/{path}"),
                    &format!("workspace/{path}"),
                );
            }
        }
        let lines = [or_default("before_script"), definition["script"].clone()];
        let lines = lines.iter().flat_map(|lines| lines.as_sequence().unwrap());
        let script: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
        let shell: &[&str] = if text(&or_default("image")).starts_with("alpine") {
            &["sh", "-e"]
        } else {
            &["bash", "-eo", "pipefail"]
        };
        let ended = self.machine.run(shell, &script.join("\n"), &env);
        if ended.code == 0 || definition["artifacts"]["when"] == "always" {
            for path in artifacts(definition) {
                assert_eq!(
                    definition["artifacts"]["access"], "developer",
                    "{path} holds personal data"
                );
                self.machine.copy(
                    &format!("workspace/{path}"),
                    &format!("record/artifacts/{path}"),
                );
            }
        }
        Job {
            name: name.to_owned(),
            code: ended.code,
            log: ended.output,
        }
    }
}

fn artifacts(job: &Value) -> Vec<String> {
    let paths = job["artifacts"]["paths"].as_sequence();
    paths.into_iter().flatten().map(text).collect()
}

/// Whether a rule's condition holds. A variable that is not set equals another that is not set.
fn holds(condition: &str, variables: &Env) -> bool {
    let value = |text: &str| match text.strip_prefix('$') {
        Some("CI_DEFAULT_BRANCH") => Some("main".to_owned()),
        Some(name) => variables.get(name).cloned(),
        None => Some(text.trim_matches('"').to_owned()),
    };
    condition.split(" && ").all(|part| {
        if let Some((left, right)) = part.split_once(" == ") {
            value(left) == value(right)
        } else if let Some((left, right)) = part.split_once(" != ") {
            value(left) != value(right)
        } else {
            assert!(
                part.starts_with('$') && !part.contains(' '),
                "no condition is `{part}`"
            );
            value(part).is_some()
        }
    })
}

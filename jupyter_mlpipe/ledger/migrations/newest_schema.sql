CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE runs (
	id TEXT NOT NULL,
	pipeline TEXT NOT NULL,
	notebook TEXT NOT NULL,
	notebook_digest TEXT NOT NULL,
	parameters TEXT NOT NULL,
	options TEXT NOT NULL,
	started FLOAT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	pid INTEGER NOT NULL,
	cluster TEXT,
	git_commit TEXT,
	versions TEXT NOT NULL,
	owner TEXT,
	team TEXT,
	resumed TEXT,
	executed TEXT, escalate TEXT,
	CONSTRAINT pk_runs PRIMARY KEY (id)
);
CREATE INDEX ix_runs_pipeline_id ON runs (pipeline, id);
CREATE TABLE run_ends (
	run TEXT NOT NULL,
	status TEXT NOT NULL,
	ended FLOAT NOT NULL,
	seconds FLOAT NOT NULL,
	error TEXT,
	CONSTRAINT pk_run_ends PRIMARY KEY (run),
	CONSTRAINT fk_run_ends_run FOREIGN KEY(run) REFERENCES runs (id)
);
CREATE TABLE stage_runs (
	id INTEGER NOT NULL,
	run TEXT NOT NULL,
	pipeline TEXT NOT NULL,
	stage TEXT NOT NULL,
	"key" TEXT,
	status TEXT NOT NULL,
	hit BOOLEAN NOT NULL,
	reason TEXT NOT NULL,
	reasons TEXT NOT NULL,
	components TEXT,
	manifest TEXT,
	seconds FLOAT NOT NULL,
	saved_seconds FLOAT NOT NULL,
	attempt INTEGER NOT NULL,
	worker TEXT,
	owner TEXT,
	team TEXT,
	numbers TEXT NOT NULL,
	error TEXT,
	started FLOAT NOT NULL,
	ended FLOAT NOT NULL, files TEXT, escalate TEXT,
	CONSTRAINT pk_stage_runs PRIMARY KEY (id),
	CONSTRAINT fk_stage_runs_run FOREIGN KEY(run) REFERENCES runs (id)
);
CREATE INDEX ix_stage_runs_run ON stage_runs (run);
CREATE INDEX ix_stage_runs_pipeline_stage_status_id ON stage_runs (pipeline, stage, status, id);
CREATE INDEX ix_stage_runs_key ON stage_runs ("key");
CREATE TABLE artifacts (
	id INTEGER NOT NULL,
	stage_run INTEGER NOT NULL,
	name TEXT NOT NULL,
	digest TEXT NOT NULL,
	codec TEXT NOT NULL,
	type TEXT NOT NULL,
	rows BIGINT,
	bytes BIGINT,
	CONSTRAINT pk_artifacts PRIMARY KEY (id),
	CONSTRAINT fk_artifacts_stage_run FOREIGN KEY(stage_run) REFERENCES stage_runs (id)
);
CREATE INDEX ix_artifacts_stage_run ON artifacts (stage_run);
CREATE INDEX ix_artifacts_digest ON artifacts (digest);
CREATE TABLE inputs (
	id INTEGER NOT NULL,
	stage_run INTEGER NOT NULL,
	name TEXT NOT NULL,
	digest TEXT NOT NULL,
	source TEXT,
	CONSTRAINT pk_inputs PRIMARY KEY (id),
	CONSTRAINT fk_inputs_stage_run FOREIGN KEY(stage_run) REFERENCES stage_runs (id)
);
CREATE INDEX ix_inputs_stage_run ON inputs (stage_run);
CREATE INDEX ix_inputs_digest ON inputs (digest);
CREATE TABLE gates (
	id INTEGER NOT NULL,
	run TEXT NOT NULL,
	stage TEXT NOT NULL,
	gate TEXT NOT NULL,
	passed BOOLEAN NOT NULL,
	text TEXT NOT NULL,
	facts TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_gates PRIMARY KEY (id),
	CONSTRAINT fk_gates_run FOREIGN KEY(run) REFERENCES runs (id)
);
CREATE INDEX ix_gates_run ON gates (run);
CREATE TABLE findings (
	code_digest TEXT NOT NULL,
	finding TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_findings PRIMARY KEY (code_digest, finding)
);
CREATE TABLE events (
	id INTEGER NOT NULL,
	run TEXT NOT NULL,
	type TEXT NOT NULL,
	stage TEXT,
	time FLOAT NOT NULL,
	event TEXT NOT NULL,
	CONSTRAINT pk_events PRIMARY KEY (id)
);
CREATE INDEX ix_events_run_id ON events (run, id);
CREATE TABLE leases (
	"key" TEXT NOT NULL,
	holder TEXT NOT NULL,
	machine TEXT NOT NULL,
	process TEXT NOT NULL,
	acquired FLOAT NOT NULL,
	expires FLOAT NOT NULL,
	CONSTRAINT pk_leases PRIMARY KEY ("key")
);
CREATE TABLE outbox (
	id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	payload TEXT NOT NULL,
	created FLOAT NOT NULL,
	sent FLOAT,
	failures INTEGER NOT NULL,
	error TEXT,
	due FLOAT NOT NULL,
	CONSTRAINT pk_outbox PRIMARY KEY (id)
);
CREATE INDEX ix_outbox_sent_id ON outbox (sent, id);
CREATE TABLE run_requests (
	run TEXT NOT NULL,
	request TEXT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_run_requests PRIMARY KEY (run, request),
	CONSTRAINT fk_run_requests_run FOREIGN KEY(run) REFERENCES runs (id)
);
CREATE TABLE registrations (
	id INTEGER NOT NULL,
	model TEXT NOT NULL,
	version INTEGER,
	run TEXT,
	pipeline TEXT,
	stage TEXT,
	"key" TEXT,
	name TEXT NOT NULL,
	content TEXT NOT NULL,
	digest TEXT,
	flavor TEXT,
	safe BOOLEAN NOT NULL,
	facts TEXT NOT NULL,
	error TEXT,
	user TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_registrations PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_registrations_model_version ON registrations (model, version);
CREATE INDEX ix_registrations_content ON registrations (content);
CREATE INDEX ix_registrations_run ON registrations (run);
CREATE TABLE transitions (
	id INTEGER NOT NULL,
	model TEXT NOT NULL,
	version INTEGER NOT NULL,
	action TEXT NOT NULL,
	target TEXT NOT NULL,
	"before" INTEGER,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	reason TEXT NOT NULL,
	evidence TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_transitions PRIMARY KEY (id)
);
CREATE INDEX ix_transitions_model_id ON transitions (model, id);
CREATE TABLE transition_ends (
	transition INTEGER NOT NULL,
	status TEXT NOT NULL,
	note TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_transition_ends PRIMARY KEY (transition),
	CONSTRAINT fk_transition_ends_transition FOREIGN KEY(transition) REFERENCES transitions (id)
);
CREATE TABLE approvals (
	id INTEGER NOT NULL,
	model TEXT NOT NULL,
	version INTEGER NOT NULL,
	target TEXT NOT NULL,
	approved BOOLEAN NOT NULL,
	digest TEXT NOT NULL,
	comment TEXT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_approvals PRIMARY KEY (id)
);
CREATE INDEX ix_approvals_model_version ON approvals (model, version);
CREATE TABLE alias_sightings (
	id INTEGER NOT NULL,
	model TEXT NOT NULL,
	alias TEXT NOT NULL,
	version INTEGER,
	time FLOAT NOT NULL,
	CONSTRAINT pk_alias_sightings PRIMARY KEY (id)
);
CREATE INDEX ix_alias_sightings_model_alias_id ON alias_sightings (model, alias, id);
CREATE TABLE file_uses (
	files TEXT NOT NULL,
	written BOOLEAN NOT NULL,
	path TEXT NOT NULL,
	digest TEXT NOT NULL,
	bytes BIGINT,
	CONSTRAINT pk_file_uses PRIMARY KEY (files, written, path)
);
CREATE INDEX ix_file_uses_path ON file_uses (path);
CREATE INDEX ix_file_uses_digest ON file_uses (digest);
CREATE INDEX ix_stage_runs_files ON stage_runs (files);
CREATE INDEX ix_stage_runs_key_status ON stage_runs ("key", status);
CREATE INDEX ix_artifacts_name ON artifacts (name);
CREATE TABLE profiles (
	id INTEGER NOT NULL,
	blob TEXT NOT NULL,
	content TEXT NOT NULL,
	config TEXT NOT NULL,
	role TEXT NOT NULL,
	name TEXT NOT NULL,
	rows BIGINT NOT NULL,
	run TEXT,
	pipeline TEXT,
	stage TEXT,
	model TEXT,
	version INTEGER,
	window_start FLOAT,
	window_end FLOAT,
	facts TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_profiles PRIMARY KEY (id)
);
CREATE INDEX ix_profiles_content_config ON profiles (content, config);
CREATE INDEX ix_profiles_pipeline_stage_name_id ON profiles (pipeline, stage, name, id);
CREATE INDEX ix_profiles_model_version ON profiles (model, version);
CREATE UNIQUE INDEX ix_profiles_run_stage_role_name_config ON profiles (run, stage, role, name, config);
CREATE INDEX ix_profiles_blob ON profiles (blob);
CREATE TABLE drift_reports (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	model TEXT,
	version INTEGER,
	run TEXT,
	pipeline TEXT,
	stage TEXT,
	reference TEXT,
	profile TEXT,
	window_start FLOAT,
	window_end FLOAT,
	rows BIGINT NOT NULL,
	drifted BOOLEAN NOT NULL,
	columns_drifted INTEGER NOT NULL,
	report TEXT NOT NULL,
	owner TEXT,
	team TEXT,
	time FLOAT NOT NULL,
	CONSTRAINT pk_drift_reports PRIMARY KEY (id)
);
CREATE INDEX ix_drift_reports_model_version_id ON drift_reports (model, version, id);
CREATE INDEX ix_drift_reports_pipeline_stage_name_id ON drift_reports (pipeline, stage, name, id);
CREATE INDEX ix_drift_reports_run ON drift_reports (run);
CREATE TABLE performance (
	id INTEGER NOT NULL,
	model TEXT NOT NULL,
	version INTEGER,
	name TEXT NOT NULL,
	measure TEXT NOT NULL,
	segment TEXT NOT NULL,
	window_start FLOAT,
	window_end FLOAT,
	rows BIGINT NOT NULL,
	labelled FLOAT,
	value FLOAT,
	low FLOAT,
	high FLOAT,
	reference FLOAT,
	estimated BOOLEAN NOT NULL,
	breached BOOLEAN NOT NULL,
	facts TEXT NOT NULL,
	owner TEXT,
	team TEXT,
	time FLOAT NOT NULL,
	CONSTRAINT pk_performance PRIMARY KEY (id)
);
CREATE INDEX ix_performance_model_measure_id ON performance (model, measure, id);
CREATE INDEX ix_run_ends_ended ON run_ends (ended);
CREATE INDEX ix_gates_stage ON gates (stage);
CREATE TABLE alerts (
	id TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	rule TEXT NOT NULL,
	severity TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	title TEXT NOT NULL,
	text TEXT NOT NULL,
	facts TEXT NOT NULL,
	run TEXT,
	owner TEXT,
	team TEXT,
	escalate TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_alerts PRIMARY KEY (id)
);
CREATE INDEX ix_alerts_fingerprint_time ON alerts (fingerprint, time);
CREATE INDEX ix_alerts_subject_time ON alerts (subject, time);
CREATE INDEX ix_alerts_time ON alerts (time);
CREATE TABLE alert_events (
	id INTEGER NOT NULL,
	alert TEXT NOT NULL,
	event TEXT NOT NULL,
	source TEXT,
	level INTEGER,
	recipient TEXT,
	channel TEXT,
	text TEXT NOT NULL,
	user TEXT,
	host TEXT,
	time FLOAT NOT NULL,
	CONSTRAINT pk_alert_events PRIMARY KEY (id),
	CONSTRAINT fk_alert_events_alert FOREIGN KEY(alert) REFERENCES alerts (id)
);
CREATE INDEX ix_alert_events_alert_event_id ON alert_events (alert, event, id);
CREATE UNIQUE INDEX ix_alert_events_source ON alert_events (source);
CREATE TABLE open_alerts (
	fingerprint TEXT NOT NULL,
	alert TEXT NOT NULL,
	CONSTRAINT pk_open_alerts PRIMARY KEY (fingerprint)
);
CREATE INDEX ix_open_alerts_alert ON open_alerts (alert);
CREATE TABLE alert_cursors (
	name TEXT NOT NULL,
	position FLOAT NOT NULL,
	CONSTRAINT pk_alert_cursors PRIMARY KEY (name)
);
CREATE TABLE silences (
	id TEXT NOT NULL,
	subject TEXT NOT NULL,
	rule TEXT NOT NULL,
	reason TEXT NOT NULL,
	starts FLOAT NOT NULL,
	ends FLOAT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	CONSTRAINT pk_silences PRIMARY KEY (id)
);
CREATE INDEX ix_silences_ends ON silences (ends);
CREATE TABLE silence_ends (
	silence TEXT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_silence_ends PRIMARY KEY (silence),
	CONSTRAINT fk_silence_ends_silence FOREIGN KEY(silence) REFERENCES silences (id)
);
CREATE TABLE usage (
	id INTEGER NOT NULL,
	task TEXT NOT NULL,
	kind TEXT NOT NULL,
	outcome TEXT NOT NULL,
	run TEXT NOT NULL,
	pipeline TEXT NOT NULL,
	stage TEXT,
	attempt INTEGER NOT NULL,
	"key" TEXT,
	model TEXT,
	owner TEXT,
	team TEXT,
	environment TEXT,
	labels TEXT,
	started FLOAT NOT NULL,
	ended FLOAT NOT NULL,
	seconds FLOAT NOT NULL,
	cpus FLOAT NOT NULL,
	cpu_seconds FLOAT NOT NULL,
	memory BIGINT NOT NULL,
	memory_peak BIGINT NOT NULL,
	memory_byte_seconds FLOAT NOT NULL,
	gpus FLOAT NOT NULL,
	gpu_seconds FLOAT NOT NULL,
	gpu_memory_peak BIGINT NOT NULL,
	bytes_read BIGINT NOT NULL,
	bytes_written BIGINT NOT NULL,
	bytes_stored BIGINT NOT NULL,
	energy FLOAT,
	rows BIGINT,
	machine TEXT NOT NULL,
	purchase TEXT NOT NULL,
	worker TEXT,
	measured TEXT,
	currency TEXT NOT NULL,
	amount BIGINT,
	unknown TEXT,
	terms TEXT,
	saved BIGINT,
	CONSTRAINT pk_usage PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_usage_task ON usage (task);
CREATE INDEX ix_usage_run ON usage (run);
CREATE INDEX ix_usage_key_kind_outcome ON usage ("key", kind, outcome);
CREATE INDEX ix_usage_pipeline_stage_id ON usage (pipeline, stage, id);
CREATE INDEX ix_usage_ended ON usage (ended);
CREATE TABLE price_terms (
	digest TEXT NOT NULL,
	terms TEXT NOT NULL,
	CONSTRAINT pk_price_terms PRIMARY KEY (digest)
);
CREATE TABLE open_usage (
	task TEXT NOT NULL,
	run TEXT NOT NULL,
	usage TEXT NOT NULL,
	currency TEXT NOT NULL,
	expected BIGINT NOT NULL,
	started FLOAT NOT NULL,
	CONSTRAINT pk_open_usage PRIMARY KEY (task)
);
CREATE INDEX ix_open_usage_run ON open_usage (run);
CREATE TABLE run_estimates (
	run TEXT NOT NULL,
	currency TEXT NOT NULL,
	low BIGINT NOT NULL,
	expected BIGINT NOT NULL,
	high BIGINT NOT NULL,
	saved BIGINT NOT NULL,
	unknown TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_run_estimates PRIMARY KEY (run)
);
CREATE TABLE budget_events (
	id INTEGER NOT NULL,
	budget TEXT NOT NULL,
	event TEXT NOT NULL,
	source TEXT NOT NULL,
	period FLOAT NOT NULL,
	period_end FLOAT NOT NULL,
	spent BIGINT NOT NULL,
	amount BIGINT NOT NULL,
	currency TEXT NOT NULL,
	run TEXT,
	pipeline TEXT,
	stage TEXT,
	owner TEXT,
	team TEXT,
	text TEXT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_budget_events PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_budget_events_source ON budget_events (source);
CREATE INDEX ix_budget_events_budget_id ON budget_events (budget, id);
CREATE TABLE retention_actions (
	id TEXT NOT NULL,
	"plan" TEXT NOT NULL,
	until FLOAT NOT NULL,
	archive TEXT,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_retention_actions PRIMARY KEY (id)
);
CREATE TABLE retention_items (
	id INTEGER NOT NULL,
	action TEXT NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	verb TEXT NOT NULL,
	rule TEXT NOT NULL,
	about TEXT NOT NULL,
	size BIGINT NOT NULL,
	CONSTRAINT pk_retention_items PRIMARY KEY (id)
);
CREATE INDEX ix_retention_items_action_kind ON retention_items (action, kind);
CREATE INDEX ix_retention_items_kind_name ON retention_items (kind, name);
CREATE TABLE retention_events (
	id INTEGER NOT NULL,
	action TEXT NOT NULL,
	item BIGINT,
	event TEXT NOT NULL,
	user TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_retention_events PRIMARY KEY (id)
);
CREATE INDEX ix_retention_events_action ON retention_events (action);
CREATE TABLE holds (
	id INTEGER NOT NULL,
	subject TEXT NOT NULL,
	reason TEXT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_holds PRIMARY KEY (id)
);
CREATE TABLE hold_ends (
	hold BIGINT NOT NULL,
	reason TEXT NOT NULL,
	user TEXT NOT NULL,
	host TEXT NOT NULL,
	time FLOAT NOT NULL,
	CONSTRAINT pk_hold_ends PRIMARY KEY (hold)
);
INSERT INTO alembic_version VALUES ('0008');

"""Settings: the environment and cross.toml, read once, typed. Nothing else reads them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from cross.attention_settings import AttentionSettings
from cross.capacity import Capacity
from cross.chain_settings import ChainSettings
from cross.domain.limits import DEFAULT_LIMITS, MOST_MAX
from cross.domain.pi_spi import Alias
from cross.gateway_settings import MbankingSettings
from cross.watch_settings import WatchSettings

QUERY_SCHEDULE_SECONDS: Final = (5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Ages at which an unanswered leg is asked about (architecture.md 2); then hourly."""

# Source: W3C Content Security Policy 3, section 6.4.2; who may embed the payer's pages.
FRAME_ANCESTORS: Final = r"^('none'|('self'|https?://[\w.:*\[\]-]+)( https?://[\w.:*\[\]-]+)*)$"

# Above what an operator sends that has been away for hours (money-safety.md, F-C10).
CALLBACKS_PER_SECOND: Final = 5000.0
KEY_CALLS_PER_SECOND: Final = 5000.0
STRANGERS_PER_SECOND: Final = 50.0  # ASSUMED: no client that works is refused so often

_OF_THE_TERMINAL: Final = ("api_url", "api_key", "admin_token", "lang")

Role: TypeAlias = Literal["all", "api", "worker", "partner", "checkout", "webhooks"]
"""Which part of the switch a process is (decision 26); `all` is the only one on SQLite."""

LOOPBACK: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))

# Source: api.md section 4. The last pause comes twice: money-safety.md, section 4 and I-38, asks
# for eleven attempts over at least 80 hours.
WEBHOOK_SCHEDULE_SECONDS: Final = (
    *(5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0),
    86_400.0,
)


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How webhooks are delivered. `schedule_seconds`: the pauses between attempts.

    `private_networks`: http and private addresses too, in a sandbox. `ports`: those open besides
    443. `denied_networks`: never, whatever else says yes. `overlap_seconds`: how long the secret
    before the last signs on. `failing_seconds`: how long an endpoint may fail before it is
    disabled. `change_delay_seconds`: in live mode, until another URL or secret is used.
    """

    schedule_seconds: tuple[float, ...] = WEBHOOK_SCHEDULE_SECONDS
    concurrency: int = 4  # money-safety.md, S-OUT-06
    timeout_seconds: float = 15.0  # api.md section 4
    private_networks: bool = False
    ports: tuple[int, ...] = ()
    denied_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    overlap_seconds: float = 86_400.0  # api.md section 4 by money-safety.md, S-OUT-01: 24 h
    change_delay_seconds: float = 3_600.0  # money-safety.md, S-OUT-07: 1 h
    failing_seconds: float = 432_000.0  # 5 days, ASSUMED: longer than the whole schedule


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """How patient the switch is. All in seconds but for `quote_minutes` and `sends_max`.

    `settling_seconds`: None takes each operator's own. `apart_seconds`: between the two queries
    that must agree that a request never arrived. `look_every_seconds`: how often to look for what
    other processes left. `public_url`: where payers' browsers reach this switch, without a final
    slash. `callbacks_per_second`: how many one source may send us, ten seconds' worth at once.
    `trusted_proxies`: whose X-Forwarded-For is believed about who calls us. `admin_networks`: from
    where admin calls and metrics are answered.
    `log_requests`: a line for every request, not for the refused ones only.
    `books_folder`: where SQLite's file is. `pi_spi`: merchants' aliases there, by merchant.
    `limits`: what any merchant may. `key_calls_per_second`: how many calls one key may make in this
    process, ten seconds' worth at once. `strangers_per_second`: how many one source may make
    without a key that is somebody's.
    """

    query_schedule_seconds: tuple[float, ...] = QUERY_SCHEDULE_SECONDS
    query_every_seconds: float = 3600.0
    settling_seconds: float | None = None
    apart_seconds: float = 5.0
    sends_max: int = 3
    quote_minutes: int = 10
    lease_seconds: float = 15.0
    look_every_seconds: float = 1.0
    livemode: bool = False
    public_url: str = "http://127.0.0.1:8228"
    callbacks_per_second: float = CALLBACKS_PER_SECOND
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    admin_networks: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    log_requests: bool = False
    books_folder: Path | None = None
    role: Role = "all"
    pi_spi: Mapping[str, Alias] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=lambda: DEFAULT_LIMITS)
    key_calls_per_second: float = KEY_CALLS_PER_SECOND
    strangers_per_second: float = STRANGERS_PER_SECOND
    webhooks: WebhookSettings = WebhookSettings()
    float_low: Mapping[str, int] = field(default_factory=dict)
    capacity: Capacity = field(default_factory=Capacity)
    attention: AttentionSettings = field(default_factory=AttentionSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    chain: ChainSettings = field(default_factory=ChainSettings)


class FeeBandSettings(BaseModel):
    """One band of a fee schedule; amounts in the currency's smallest unit, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: int = Field(ge=0)
    most: int = Field(ge=0)
    fixed: int = Field(default=0, ge=0)
    basis_points: int = Field(default=0, ge=0, le=10_000)
    cap: int | None = Field(default=None, ge=0)


class FeeSettings(BaseModel):
    """A fee schedule: which movements, in which currency, from when until when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    movement: str = Field(pattern="^(transfer|collection|payout)$")
    currency: str
    bands: tuple[FeeBandSettings, ...] = Field(min_length=1)
    valid_from: str = "2020-01-01T00:00:00+00:00"
    valid_until: str | None = None


# An example, not an operator's tariff: 1 % of what the recipient gets (operators.md 6.5).
EXAMPLE_FEES: Final = (
    FeeSettings(
        name="example-transfer",
        movement="transfer",
        currency="XOF",
        bands=(FeeBandSettings(least=1, most=100_000_000, basis_points=100),),
    ),
)


class RateSettings(BaseModel):
    """A mid rate: `rate` of `to` for 1 of `from`, our margin in it, when it holds, whose it is.

    `rate` is text, for a number in TOML or JSON would have been a float on its way here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_currency: str = Field(alias="from")
    to_currency: str = Field(alias="to")
    rate: str
    margin_bp: int = Field(ge=0, lt=10_000)
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None
    source: str = Field(min_length=1, max_length=200)


# An example for sandboxes, not an operator's rate: there is none published (operators.md 6.3).
# 655.957 XOF for 1 EUR and 177.721 DJF for 1 USD are fixed; 1.10 USD for 1 EUR is ASSUMED.
EXAMPLE_RATES: Final = tuple(
    RateSettings.model_validate(
        {
            "from": source,
            "to": destination,
            "rate": rate,
            "margin_bp": 150,
            "valid_from": "2020-01-01T00:00:00Z",
            "source": "example: the pegs to EUR and USD, at 1.10 USD for 1 EUR",
        }
    )
    for source, destination, rate in (("XOF", "DJF", "0.298027"), ("DJF", "XOF", "3.355397"))
)


class Settings(BaseSettings):
    """What an installation sets: `CROSS_…` in the environment, over `cross.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="CROSS_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret
        dotenv_filtering="match_prefix",  # what is there for others is not ours
    )

    database_url: str = Field(default="sqlite:cross.db", repr=False)
    host: str = "127.0.0.1"
    port: int = Field(default=8228, ge=0, le=65_535)
    livemode: bool = False
    public_url: str = Field(default="", pattern=r"^(https?://[!-~]+)?$")
    checkout_frame_ancestors: str = Field(default="'none'", pattern=FRAME_ANCESTORS)
    callback_secret: str = Field(default="", repr=False)
    master_key_file: Path | None = None
    callbacks_per_second: float = Field(default=CALLBACKS_PER_SECOND, gt=0)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    admin_networks: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    role: Role = "all"
    log_requests: Literal["refusals", "all"] = "refusals"
    query_schedule_seconds: tuple[float, ...] = QUERY_SCHEDULE_SECONDS
    query_every_seconds: float = Field(default=3600.0, gt=0)
    settling_seconds: float | None = Field(default=None, ge=0)
    apart_seconds: float = Field(default=5.0, ge=0)
    sends_max: int = Field(default=3, ge=1)
    quote_minutes: int = Field(default=10, ge=1)
    lease_seconds: float = Field(default=15.0, gt=0)
    look_every_seconds: float = Field(default=1.0, gt=0)
    fees: tuple[FeeSettings, ...] = EXAMPLE_FEES
    rates: tuple[RateSettings, ...] = ()
    limits: dict[str, Annotated[int, Field(ge=0, le=MOST_MAX)]] = Field(
        default_factory=dict,
        description='What any merchant may, such as "beneficiary.any.hour.count" = 100.',
    )
    key_calls_per_second: float = Field(
        default=KEY_CALLS_PER_SECOND,
        gt=0,
        description="How many calls one key may make in one process, ten seconds' worth at once.",
    )
    strangers_per_second: float = Field(
        default=STRANGERS_PER_SECOND,
        gt=0,
        description="How many calls without a valid key one source may make in one process.",
    )
    mbanking: MbankingSettings = MbankingSettings()
    capacity: Capacity = Capacity()
    attention: AttentionSettings = AttentionSettings()
    watch: WatchSettings = WatchSettings()
    chain: ChainSettings = ChainSettings()
    pi_spi: dict[str, Alias] = Field(default_factory=dict)
    webhook_schedule_seconds: tuple[float, ...] = WEBHOOK_SCHEDULE_SECONDS
    webhook_concurrency: int = Field(default=4, ge=1, le=64)
    webhook_timeout_seconds: float = Field(default=15.0, gt=0, le=15.0)
    webhook_private_networks: bool = False
    webhook_ports: tuple[int, ...] = ()
    webhook_denied_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    webhook_overlap_seconds: float = Field(default=86_400.0, ge=0)
    webhook_change_delay_seconds: float = Field(default=3_600.0, ge=0)
    webhook_failing_seconds: float = Field(default=432_000.0, gt=0)
    float_low: dict[str, int] = Field(default_factory=dict)
    operators: dict[str, dict[str, str]] = Field(default_factory=dict, repr=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over .env, and both over what the file (as arguments) says."""
        del settings_cls, file_secret_settings
        return env_settings, dotenv_settings, init_settings

    def for_webhooks(self) -> WebhookSettings:
        """The part that deliveries work with."""
        return WebhookSettings(
            schedule_seconds=self.webhook_schedule_seconds,
            concurrency=self.webhook_concurrency,
            timeout_seconds=self.webhook_timeout_seconds,
            private_networks=self.webhook_private_networks,
            ports=self.webhook_ports,
            denied_networks=self.webhook_denied_networks,
            overlap_seconds=self.webhook_overlap_seconds,
            change_delay_seconds=self.webhook_change_delay_seconds,
            failing_seconds=self.webhook_failing_seconds,
        )

    def for_switch(self) -> SwitchSettings:
        """The part that the switch itself works with."""
        return SwitchSettings(
            query_schedule_seconds=self.query_schedule_seconds,
            query_every_seconds=self.query_every_seconds,
            settling_seconds=self.settling_seconds,
            apart_seconds=self.apart_seconds,
            sends_max=self.sends_max,
            quote_minutes=self.quote_minutes,
            lease_seconds=self.lease_seconds,
            look_every_seconds=self.look_every_seconds,
            livemode=self.livemode,
            pi_spi=self.pi_spi,
            limits={**DEFAULT_LIMITS, **self.limits},
            key_calls_per_second=self.key_calls_per_second,
            strangers_per_second=self.strangers_per_second,
            webhooks=self.for_webhooks(),
            float_low=self.float_low,
            capacity=self.capacity,
            attention=self.attention,
            watch=self.watch,
            chain=self.chain,
            public_url=self.public_url.rstrip("/") or f"http://{self.host}:{self.port}",
            callbacks_per_second=self.callbacks_per_second,
            trusted_proxies=self.trusted_proxies,
            admin_networks=self.admin_networks,
            log_requests=self.log_requests == "all",
            books_folder=sqlite_folder(self.database_url),
            role=self.role,
        )


def sqlite_folder(database_url: str) -> Path | None:
    """The folder that a `sqlite:PATH` is in; None for a database elsewhere."""
    scheme, _, path = database_url.partition(":")
    return Path(path).absolute().parent if scheme == "sqlite" else None


def read_settings(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of this process; raises `pydantic.ValidationError` naming what is wrong."""
    said = {**_in_toml(file), **(overrides or {})}
    said["_env_file"] = _beside(file)
    return Settings(**said)


def read_by_origin(file: Path) -> Mapping[str, Mapping[str, Any]]:
    """What each place says, the one that wins first: `environment`, `.env`, `file`."""
    return {
        "environment": EnvSettingsSource(Settings)(),
        ".env": DotEnvSettingsSource(Settings, env_file=_beside(file))(),
        "file": _in_toml(file),
    }


def unread_variables() -> tuple[str, ...]:
    """`CROSS_…` of the environment that are no setting and no flag's: misspelt, most likely."""
    prefix = Settings.model_config["env_prefix"].lower()
    known = {f"{prefix}{name}" for name in (*Settings.model_fields, *_OF_THE_TERMINAL)}
    return tuple(
        name.upper()
        for name in EnvSettingsSource(Settings).env_vars
        if name.startswith(prefix) and name.partition("__")[0] not in known
    )


def _in_toml(file: Path | None) -> dict[str, Any]:
    if file is None or not file.exists():
        return {}
    return tomllib.loads(file.read_text("utf-8"))


def _beside(file: Path | None) -> Path | None:
    return None if file is None else file.parent / ".env"


class _GivenSettings(Settings):
    """Settings that the environment has no say in."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was given, and nothing else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def given_settings(values: Mapping[str, Any]) -> Settings:
    """Exactly these: a sandbox must not meet a real operator because the environment names one."""
    return _GivenSettings(**values)


class TerminalSettings(BaseSettings):
    """What a person's environment says to the command line: language, and where state is kept."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    lang: str = Field(
        default="en", validation_alias=AliasChoices("CROSS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    )
    state_home: Path | None = Field(default=None, validation_alias="XDG_STATE_HOME")
    completing: str | None = Field(
        default=None,
        validation_alias=AliasChoices("_TYPER_COMPLETE_ARGS", "COMP_WORDS"),
        description="The line so far, where a shell asks how it may go on.",
    )

    @property
    def sandbox_file(self) -> Path:
        """Where a running sandbox leaves its address and key for other commands."""
        home = self.state_home or Path.home() / ".local" / "state"
        return home / "cross" / "sandbox.json"

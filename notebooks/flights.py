"""What the flight-delay tutorial does to its tables: reading, checking, joining, splitting.

A module beside the notebook, as people keep them. A stage that calls one of these functions runs again when that
function, or one that it calls, changes; it does not run again when another one does.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

NUMBERS = [
    "hour", "month", "weekday", "distance", "plane_age", "seats", "recent_delay",
    "temp", "humid", "wind_speed", "precip", "pressure", "visib",
]  # fmt: skip
CATEGORIES = ["carrier", "origin", "dest"]
flights_schema = pa.DataFrameSchema(
    {
        "month": pa.Column(checks=pa.Check.in_range(1, 12)),
        "carrier": pa.Column(checks=pa.Check.str_length(2, 2)),
        "origin": pa.Column(checks=pa.Check.isin(["EWR", "JFK", "LGA"])),
        "distance": pa.Column(checks=pa.Check.gt(0)),
        "time_hour": pa.Column(),
        "dep_delay": pa.Column(checks=pa.Check.in_range(-120, 2880), nullable=True),
        "arr_delay": pa.Column(checks=pa.Check.in_range(-180, 2880), nullable=True),
    }
)
"""What every model here counts on."""
WEATHER = ["temp", "humid", "wind_speed", "precip", "pressure", "visib"]


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One of the five tables; `time_hour` becomes a UTC time."""
    table = pd.read_parquet(folder / f"{name}.parquet")
    if "time_hour" in table:
        table["time_hour"] = pd.to_datetime(table["time_hour"], utc=True)
    return table


def check_key(table: pd.DataFrame, key: list[str]) -> int:
    """How many rows share their key with another row."""
    return int(table.duplicated(key, keep=False).sum())


def coverage(left: pd.DataFrame, right: pd.DataFrame, key: list[str]) -> float:
    """The share of the left rows that find a partner on the right."""
    found = left[key].merge(right[key].drop_duplicates(), on=key, how="left", indicator=True)
    return float((found["_merge"] == "both").mean())


def recent_delay(flights: pd.DataFrame, hours: int) -> pd.Series:
    """Mean departure delay, in minutes, of what left the same airport a few hours earlier.

    Averages the flights that were *scheduled* in the clock hour that began `hours` before this flight's, each delay
    cut off at what could be known when this flight's hour begins: a plane scheduled three hours ago can by now be
    seen to be up to two hours late, and no more. So nothing in it comes from the future.
    """
    known = 60 * (hours - 1)
    # A cancelled flight never left: all that is known is that it is as late as can be.
    seen = flights["dep_delay"].fillna(known).clip(upper=known)
    hourly = seen.groupby([flights["origin"], flights["time_hour"]]).mean()
    asked = pd.MultiIndex.from_arrays([flights["origin"], flights["time_hour"] - pd.Timedelta(hours=hours)])
    return pd.Series(hourly.reindex(asked).to_numpy(), index=flights.index)


def add_weather(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """The weather one hour before the scheduled hour: what the dispatcher has already seen."""
    seen = weather[["origin", "time_hour", *WEATHER]].drop_duplicates(["origin", "time_hour"])
    seen = seen.assign(time_hour=seen["time_hour"] + pd.Timedelta(hours=1))
    return flights.merge(seen, on=["origin", "time_hour"], how="left", validate="many_to_one")


def add_planes(flights: pd.DataFrame, planes: pd.DataFrame) -> pd.DataFrame:
    """The plane's age in years and its seats; unknown planes get missing values."""
    known = planes[["tailnum", "year", "seats"]].rename(columns={"year": "built"})
    joined = flights.merge(known, on="tailnum", how="left", validate="many_to_one")
    joined["plane_age"] = joined["year"] - joined.pop("built")
    return joined


def build_features(flights: pd.DataFrame, weather: pd.DataFrame, planes: pd.DataFrame, late_minutes: int, hours: int) -> pd.DataFrame:
    """One row for each flight that arrived: what was known beforehand, and whether it came late."""
    table = flights.assign(recent_delay=recent_delay(flights, hours))
    table = add_planes(add_weather(table, weather), planes)
    table["weekday"] = pd.to_datetime(table[["year", "month", "day"]]).dt.dayofweek
    table = table[table["arr_delay"].notna()]
    late = (table["arr_delay"] > late_minutes).astype(np.int8)
    kept = table[[*NUMBERS, *CATEGORIES]].astype({name: "category" for name in CATEGORIES})
    return kept.assign(late=late).reset_index(drop=True)


def split_by_month(features: pd.DataFrame, last_month: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Months up to and including `last_month` to learn from, the later ones to be judged by."""
    learn = features["month"] <= last_month
    return features[learn].reset_index(drop=True), features[~learn].reset_index(drop=True)


def calibration(truth: np.ndarray, chance: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Predicted and observed share of late flights in bins of equal size."""
    table = pd.DataFrame({"predicted": chance, "observed": truth})
    return table.groupby(pd.qcut(table["predicted"], bins, labels=False, duplicates="drop")).agg(
        predicted=("predicted", "mean"), observed=("observed", "mean"), flights=("observed", "size")
    )

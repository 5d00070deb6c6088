"""What the credit tutorial does to its table: reading it, the contract it must hold to, and the faults that can be planted.

A module beside the notebook, as people keep them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = [
    "duration_in_month", "credit_amount", "installment_rate_in_percentage_of_disposable_income", "present_residence_since",
    "age_in_years", "number_of_existing_credits_at_this_bank", "number_of_people_being_liable_to_provide_maintenance_for",
]  # fmt: skip
CATEGORIES = [
    "status_of_existing_checking_account", "credit_history", "purpose", "savings_account_and_bonds",
    "present_employment_since", "other_debtors_or_guarantors", "property", "other_installment_plans", "housing", "job",
    "telephone",
]  # fmt: skip

applicants_schema = pa.DataFrameSchema(
    {
        "duration_in_month": pa.Column("int64", pa.Check.in_range(1, 120)),
        "credit_amount": pa.Column("int64", pa.Check.gt(0)),
        "age_in_years": pa.Column("int64", pa.Check.in_range(18, 110)),
        "purpose": pa.Column("str"),
        "sex": pa.Column("str", pa.Check.isin(["female", "male"])),
        "creditability": pa.Column("str", pa.Check.isin(["good", "bad"])),
    }
)
"""What every model here counts on. It says nothing of the other columns."""


def read_applicants(folder: Path) -> pd.DataFrame:
    """One row for each of the 1,000 applicants, with their sex as a column of its own."""
    table = pd.read_csv(folder / "germancredit.csv")
    sex = np.where(table["personal_status_and_sex"].str.startswith("female"), "female", "male")
    return table.assign(sex=pd.Series(sex, index=table.index, dtype="str"))


def with_fault(table: pd.DataFrame, fault: str) -> pd.DataFrame:
    """The table as a broken export would have it, where `fault` is ``malformed``: durations in days, ages lost."""
    if fault != "malformed":
        return table
    broken = table.copy()
    broken.loc[::20, "duration_in_month"] = broken.loc[::20, "duration_in_month"] * 30
    broken.loc[7::50, "age_in_years"] = -1
    return broken


def learn_from(table: pd.DataFrame, fault: str) -> pd.Series:
    """1 for a good credit risk.

    Where `fault` is ``worse``, eight in ten answers are somebody else's; where it is ``unfair``, the answers come from a
    clerk who turned away three in ten good applicants who were women.
    """
    good = (table["creditability"] == "good").astype("int64")
    random = np.random.default_rng(0)
    if fault == "worse":
        chosen = random.choice(len(good), size=int(0.8 * len(good)), replace=False)
        good.iloc[chosen] = random.permutation(good.iloc[chosen].to_numpy())
    if fault == "unfair":
        good[(table["sex"] == "female") & (random.random(len(good)) < 0.3)] = 0
    return good


def features_of(table: pd.DataFrame, fault: str) -> pd.DataFrame:
    """What the models see. Sex, nationality and marital status are not among it, unless `fault` is ``unfair``."""
    return table[[*NUMBERS, *CATEGORIES, *(["sex"] if fault == "unfair" else [])]]


def prepared(model):
    """A model behind scaled numbers and one-hot categories."""
    categories = make_column_selector(dtype_exclude="number")
    columns = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), categories))
    return make_pipeline(columns, model)


def approve(score: np.ndarray) -> np.ndarray:
    """1 where credit is given: from a score of 0.6 on."""
    return (score >= 0.6).astype("int64")

"""A project's data sets at Langfuse, through the SDK's own client of its public API."""

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

if TYPE_CHECKING:
    from langfuse.api import DatasetItem

_PAGE = 100
"""Items asked for at once: the most that Langfuse gives."""

_RETRIES = 2
"""Of a request that met a busy server (408, 429, 5xx); the client waits longer before each."""

T = TypeVar("T")


class LangfuseError(Exception):
    """Langfuse cannot be used as it was asked; one sentence."""


class Project:
    """What the keys open, while it is entered. Thread-safe. Each request ends within `timeout_s`, or fails."""

    def __init__(self, url: str, *, public_key: str, secret_key: str, timeout_s: float = 10) -> None:
        """Opens nothing yet."""
        self._url = url.rstrip("/")
        self._keys = (public_key, secret_key)
        self._timeout_s = timeout_s

    def __enter__(self) -> Self:
        from langfuse.api import LangfuseAPI

        # Redirects are not followed: they would be given the keys.
        self._client = httpx.Client(timeout=self._timeout_s, follow_redirects=False)
        self._api = LangfuseAPI(
            base_url=self._url,
            username=self._keys[0],
            password=self._keys[1],
            x_langfuse_sdk_name="python",
            x_langfuse_public_key=self._keys[0],
            timeout=self._timeout_s,
            httpx_client=self._client,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def id(self) -> str:
        """The project's id.

        Raises:
            LangfuseError: it cannot be asked for.
        """
        found = self._ask(lambda: self._api.projects.get(request_options=self._options()))
        if not found.data:
            raise LangfuseError(f"{self._url} names no project for these keys: take both from the same project.")
        return str(found.data[0].id)

    def begin(self, name: str, description: str) -> str:
        """A data set of that name, made where there is none; gives its id.

        Raises:
            LangfuseError: it cannot be made.
        """
        made = self._ask(
            lambda: self._api.datasets.create(name=name, description=description, request_options=self._options())
        )
        return str(made.id)

    def data_set(self, name: str) -> str:
        """The id of the data set of that name.

        Raises:
            LangfuseError: there is none, or it cannot be asked for.
        """
        missing = f"Langfuse has no data set “{name}”: push it first, or check the name."
        found = self._ask(lambda: self._api.datasets.get(name, request_options=self._options()), missing=missing)
        return str(found.id)

    def items(self, name: str) -> Iterator["DatasetItem"]:
        """All items of a data set, archived ones too.

        Raises:
            LangfuseError: they cannot be asked for.
        """
        page = pages = 1
        while page <= pages:
            found = self._ask(
                lambda page=page: self._api.dataset_items.list(  # type: ignore[misc]
                    dataset_name=name, page=page, limit=_PAGE, request_options=self._options()
                )
            )
            yield from found.data
            page, pages = page + 1, found.meta.total_pages

    def put(self, item: Mapping[str, Any]) -> None:
        """Make an item, or overwrite the one of its id; the fields of `langfuse.api.CreateDatasetItemRequest`.

        Raises:
            LangfuseError: it was not taken.
        """
        self._ask(lambda: self._api.dataset_items.create(**item, request_options=self._options()))

    def _options(self) -> Any:
        return {"timeout_in_seconds": self._timeout_s, "max_retries": _RETRIES}

    def _ask(self, request: Callable[[], T], *, missing: str | None = None) -> T:
        from langfuse.api.core.api_error import ApiError

        try:
            return request()
        except ApiError as error:
            raise LangfuseError(self._meaning(error.status_code or 0, error.body, missing)) from None
        except httpx.TimeoutException:
            raise LangfuseError(f"{self._url} did not answer within {self._timeout_s:g} seconds.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LangfuseError(
                f"{self._url} cannot be reached ({type(error).__name__}): check langfuse.url and that it runs."
            ) from None
        except ValueError as error:  # pydantic's too: what came is not what was asked for
            raise LangfuseError(
                f"{self._url} answers what no Langfuse does ({type(error).__name__}): check langfuse.url."
            ) from None

    def _meaning(self, status: int, body: object, missing: str | None) -> str:
        if status in (401, 403):
            return f"{self._url} refuses the keys: check langfuse.public_key, langfuse.secret_key and langfuse.url."
        if status == 404 and missing is not None:
            return missing
        if 200 <= status < 300 or status in (404, 405):
            return f"There is no Langfuse at {self._url}: check langfuse.url."
        if 300 <= status < 400:
            return f"{self._url} sends elsewhere: set langfuse.url to the address that it has now."
        if status == 429 or status >= 500:
            return f"{self._url} answered {status}: try again later; what was taken so far is kept."
        said = body.get("message") if isinstance(body, dict) else None
        why = f": {' '.join(said.replace(self._keys[1], '…').split())[:200]}" if isinstance(said, str) else ""
        return f"{self._url} answered {status}{why}."

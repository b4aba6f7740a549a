"""`cross demo`: money moves between simulated operators, and the books are compared."""

import asyncio
from typing import Annotated

import typer

from cross.cli import demo_page, serving
from cross.cli.demo_story import Played, conclude, play
from cross.cli.options import DatabaseUrl, Port, PromptDelay, Seed, command
from cross.cli.sandbox import stay
from cross.cli.screen import CHECK_FAILED, OK, Screen
from cross.cli.starting import Plan, Sandbox, started


@command
def demo(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    once: Annotated[bool, typer.Option("--once", help="End after it, all of it stopped.")] = False,
    port: Port = 0,
    sim_port: Port = 0,
    database_url: DatabaseUrl = None,
    prompt_delay: PromptDelay = 0.3,
    seed: Seed = None,
) -> int | None:
    """Watch money move between simulated operators, and whether the books agree."""
    plan = Plan(port, sim_port, database_url, None, prompt_delay, seed)
    return serving.run(_demo(screen, plan, once=once))


async def _demo(screen: Screen, plan: Plan, *, once: bool) -> int:
    stop = serving.stop_asked_for()
    async with started(plan) as running:
        telling = asyncio.get_running_loop().create_task(_tell(screen, running))
        stopping = asyncio.get_running_loop().create_task(stop.wait())
        await asyncio.wait([telling, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not telling.done():
            telling.cancel()
            await asyncio.wait([telling])
            return CHECK_FAILED
        agreed = telling.result()
        if not once:
            await stay(screen, plan, running, stop)
    return OK if agreed else CHECK_FAILED


async def _tell(screen: Screen, running: Sandbox) -> bool:
    began_at = asyncio.get_running_loop().time()
    screen.say(
        fr=f"Cross à {running.api.url}, opérateurs simulés à {running.simulators.url}.",
        en=f"Cross at {running.api.url}, simulated operators at {running.simulators.url}.",
    )
    story: list[Played] = []
    async for played in play(running):
        story.append(played)
        demo_page.show_scene(screen, len(story), played)
    last = await conclude(running, story)
    seconds = asyncio.get_running_loop().time() - began_at
    everything = [*(check for played in story for check in played.checks), *last]
    screen.show("")
    demo_page.show_checks(screen, last)
    demo_page.show_end(screen, everything, seconds)
    screen.document(demo_page.as_document(story, last, seconds=seconds))
    return demo_page.agree(everything)

//! The report as a drawing: latency by percentile.
//!
//! In: a report. Out: SVG text. The x axis counts nines (50 %, 90 %, 99 %, 99.9 %), the y axis is
//! logarithmic, so a tail reads as a step up on the right.

use plotters::prelude::*;

use super::{Report, op_name};
use crate::{
    error::Error,
    latency::Latencies,
    request::{GET, SCAN},
};

/// Pixels of the drawing.
const SIZE: (u32, u32) = (860, 520);

/// Points of a line.
const N_POINTS: u32 = 240;

/// The right end of the x axis, 99.97 %: runs are too short to say more.
const NINES_MAX: f64 = 3.5;

/// One line of the drawing.
struct Line {
    label: String,
    color: RGBColor,
    points: Vec<(f64, f64)>,
}

/// The drawing as SVG text.
pub(super) fn render(report: &Report) -> Result<String, Error> {
    let lines = lines(report);
    let latencies = || lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let low = latencies().fold(f64::INFINITY, f64::min);
    let high = latencies().fold(0.0, f64::max);
    if high == 0.0 {
        return Err(Error::Svg("no request was answered".to_owned()));
    }
    let mut text = String::new();
    draw(report, &lines, (low * 0.8, high * 1.25), &mut text)
        .map_err(|error| Error::Svg(error.to_string()))?;
    Ok(text)
}

fn lines(report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    let colors = [
        [RGBColor(200, 60, 40), RGBColor(30, 100, 180)],
        [RGBColor(235, 170, 150), RGBColor(150, 190, 230)],
    ];
    for (op, colors) in [GET, SCAN].into_iter().zip(colors) {
        let (default, syrup) = report.merged(op);
        let labels = ["kernel's default", report.scenario.name];
        for ((latencies, label), color) in [default, syrup].iter().zip(labels).zip(colors) {
            if latencies.count() > 0 {
                let label = format!("{}, {label}", op_name(op));
                lines.push(Line { label, color, points: points(latencies) });
            }
        }
    }
    lines
}

/// The latency at each point of the x axis, as far as there are enough requests.
fn points(latencies: &Latencies) -> Vec<(f64, f64)> {
    let nines_known = (latencies.count() as f64).log10().min(NINES_MAX);
    (0..=N_POINTS)
        .map(|i| f64::from(i) / f64::from(N_POINTS) * NINES_MAX)
        .take_while(|&nines| nines <= nines_known)
        .map(|nines| (nines, latencies.quantile_us(1.0 - 10f64.powf(-nines)).max(0.1)))
        .collect()
}

fn draw(
    report: &Report,
    lines: &[Line],
    (low, high): (f64, f64),
    text: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let title = format!("{}: latency by percentile", report.scenario.name);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(80)
        .build_cartesian_2d(0.0..NINES_MAX, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_labels(8)
        .x_label_formatter(&|nines| percentile_label(*nines))
        .y_label_formatter(&|us| format!("{us:.0}"))
        .x_desc("percent of requests at or below")
        .y_desc("latency, us")
        .max_light_lines(0)
        .draw()?;
    for line in lines {
        let style = line.color.stroke_width(2);
        chart
            .draw_series(LineSeries::new(line.points.iter().copied(), style))?
            .label(&line.label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    area.present()?;
    Ok(())
}

/// 1 nine is 90 %, 2 are 99 %; half nines stay without a label.
fn percentile_label(nines: f64) -> String {
    let percent = 100.0 - 100.0 * 10f64.powf(-nines);
    if (nines - nines.round()).abs() > 1e-6 {
        return String::new();
    }
    let places = (nines.round() as usize).saturating_sub(2);
    format!("{percent:.places$}")
}
